// A reader that another thread gets in between of, at each place where it looks at the time.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cache/database.h"
#include "cache/logical_cache.h"
#include "cache/memory_store.h"
#include "cache/virtual_time.h"
#include "support/start_task.h"

namespace sluice::cache {
namespace {

using NumberCache = LogicalCache<int, std::string>;
using Got = Result<std::optional<std::string>>;

class InterruptedTime final : public TimeSource {
public:
    Instant now() const override {
        if (looks_ > 0 && --looks_ == 0) meanwhile_();
        return time_.now();
    }
    std::unique_ptr<Timer> call_at(Instant at, const Executor& on, std::function<void()> fire)
        override {
        return time_.call_at(at, on, std::move(fire));
    }
    void interrupt(int look, std::function<void()> meanwhile) {
        looks_ = look;
        meanwhile_ = std::move(meanwhile);
    }
    bool interrupted() const { return looks_ == 0; }
    VirtualTime& line() { return time_; }

private:
    VirtualTime time_;
    mutable int looks_ = 0;
    std::function<void()> meanwhile_;
};

class InterruptedReader {
public:
    InterruptedReader() {
        EXPECT_EQ(text_of(run(cache_.get(1, Deadline::never()))), "old");
        time_.line().advance(options().ttl);
    }
    ~InterruptedReader() { (void)run(stop(cache_)); }

    // What it gets when the row is changed and forgotten at its `look`th look at the time, and what
    // it gets when it asks again at once, before any rebuild can go on.
    std::vector<Got> read_twice(int look) {
        auto invalidate = [this] {
            row_ = "new";
            boost::asio::io_context writer{1};
            const auto done = start_task(writer, cache_.invalidate(1, Deadline::never()));
            writer.poll();
            EXPECT_TRUE(done->has_value() && (*done)->ok());
        };
        time_.interrupt(look, invalidate);
        auto got = run(twice(cache_));
        EXPECT_TRUE(time_.interrupted());
        return got;
    }

private:
    static Options options() {
        Options options;
        options.name = "goods";
        options.early = 0;
        return options;
    }
    NumberCache::Sources sources() {
        NumberCache::Sources sources;
        sources.load = [this](int, Deadline) -> Task<Got> {
            co_await boost::asio::post(boost::asio::use_awaitable);  // not while it is begun
            co_return std::optional<std::string>(row_);
        };
        return sources;
    }
    static Task<Done> stop(NumberCache& cache) {
        co_await cache.stop();
        co_return Done{};
    }
    static Task<std::vector<Got>> twice(NumberCache& cache) {
        std::vector<Got> got;
        got.push_back(co_await cache.get(1, Deadline::never()));
        got.push_back(co_await cache.get(1, Deadline::never()));
        co_return got;
    }
    template <class T>
    T run(Task<T> task) {
        const auto value = start_task(reader_, std::move(task));
        for (reader_.poll(); !value->has_value(); reader_.poll()) {
            SLUICE_CHECK(time_.line().advance_to_next());
            reader_.restart();
        }
        reader_.restart();
        return std::move(**value);
    }

    InterruptedTime time_;
    MemoryStore store_{time_};
    Context context_{store_, time_, ContextOptions{}};
    std::string row_ = "old";
    boost::asio::io_context reader_{1};
    NumberCache cache_{context_, options(), sources()};
};

TEST(CacheInterrupted, WhatAReaderHasFoundIsAnsweredToNobodyAfterAnInvalidation) {
    constexpr int kBegins =
        3;  // the look with which a rebuild begins; the first two look for a value
    for (int look = 1; look <= kBegins; ++look) {
        const auto got = InterruptedReader{}.read_twice(look);
        EXPECT_EQ(text_of(got.at(0)), look == kBegins ? "old" : "new") << look;
        EXPECT_EQ(text_of(got.at(1)), "new") << look;
    }
}

}  // namespace
}  // namespace sluice::cache
