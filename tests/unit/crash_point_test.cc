#include "adapters/intercepted/crash_point.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>

#include "support/test_store.h"

namespace sluice {
namespace {

struct EventLoop {
    Result<Done> run(Task<Result<Done>> task) { return run_to_end(context, std::move(task)); }
    boost::asio::io_context context;
};

std::string refusal_of(std::string_view text) {
    auto point = CrashPoint::parse(text);
    return point.ok() ? "" : to_string(point.error());
}

TEST(CrashPoint, NamesWhatItKnowsWhenItIsToldNonsense) {
    for (const auto* text : {"", "before", "sometimes gate.reserve", "before gate.open", "after gate.reserve 0",
                             "after gate.reserve x", "lose gate.reserve 1 2"}) {
        EXPECT_NE(refusal_of(text).find("ledger.apply.settle"), std::string::npos) << text;
    }
}

TEST(CrashPoint, EveryStepMayBeGivenWithEveryHarm) {
    for (const auto step : CrashPoint::steps()) {
        for (const std::string harm : {"before ", "after ", "lose "}) {
            EXPECT_EQ(refusal_of(harm + std::string(step)), "");
            EXPECT_EQ(refusal_of(harm + std::string(step) + " 3"), "");
        }
    }
}

TEST(CrashPoint, LosesTheAnswerOfTheNthCallThoughItHappened) {
    const auto point = std::move(CrashPoint::parse("lose gate.sync 2").value());
    int told = 0;
    int happened = 0;
    point->on_harm([&] { ++told; });
    const std::function<Task<Result<Done>>()> call = [&]() -> Task<Result<Done>> {
        ++happened;
        co_return Done{};
    };
    EventLoop loop;
    EXPECT_TRUE(loop.run(point->around<Done>("gate.sync", call)).ok());
    EXPECT_TRUE(loop.run(point->around<Done>("gate.reserve", call)).ok());
    const auto lost = loop.run(point->around<Done>("gate.sync", call));
    ASSERT_FALSE(lost.ok());
    EXPECT_EQ(lost.error().code, Code::kOutcomeUnknown);
    EXPECT_TRUE(loop.run(point->around<Done>("gate.sync", call)).ok());
    EXPECT_EQ(happened, 4);
    EXPECT_EQ(told, 1);
}

TEST(CrashPointDeathTest, DiesBeforeOrAfterTheCall) {
    const auto dies = [](std::string_view text, bool call_happened) {
        const auto point = std::move(CrashPoint::parse(text).value());
        const std::function<Task<Result<Done>>()> call = [call_happened]() -> Task<Result<Done>> {
            if (!call_happened) std::exit(1);
            co_return Done{};
        };
        EventLoop loop;
        (void)loop.run(point->around<Done>("consumer.ack", call));
    };
    EXPECT_EXIT(dies("before consumer.ack", false), testing::KilledBySignal(SIGKILL), "");
    EXPECT_EXIT(dies("after consumer.ack", true), testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace sluice
