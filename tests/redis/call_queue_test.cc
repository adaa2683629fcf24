#include "adapters/redis/call_queue.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <map>

namespace sluice {
namespace {

constexpr Instant kStart{std::chrono::hours{1}};

class CallQueueTest : public testing::Test {
protected:
    void add(
        const std::string& name, CallKind kind = CallKind::kWrite, Instant deadline = Instant::max()
    ) {
        auto keep = [this, name](Result<Reply> result) {
            answers_.emplace(name, std::move(result));
        };
        CallQueue::Answer answer(
            boost::asio::bind_executor(context_.get_executor(), std::move(keep))
        );
        queue_.add(name, kind, Deadline{deadline}, std::move(answer));
    }
    void reply(const std::string& text) {
        Reply reply;
        reply.kind = Reply::Kind::kText;
        reply.text = text;
        EXPECT_TRUE(queue_.reply(std::move(reply)));
    }
    // What the call was told: its reply's text, or its error's code.
    std::string told(const std::string& name) {
        context_.restart();
        context_.poll();
        const auto found = answers_.find(name);
        if (found == answers_.end()) return "nothing";
        if (found->second.ok()) return found->second->text;
        return std::string(info(found->second.error().code).wire);
    }

    boost::asio::io_context context_;
    CallQueue queue_;
    std::map<std::string, Result<Reply>> answers_;
};

TEST_F(CallQueueTest, GivesRepliesInTheOrderOfTheCalls) {
    add("one");
    add("two");
    EXPECT_EQ(queue_.take_waiting(kStart), "onetwo");
    EXPECT_EQ(queue_.take_waiting(kStart), "");
    add("three");
    EXPECT_EQ(queue_.take_waiting(kStart), "three");
    reply("1");
    reply("2");
    EXPECT_EQ(told("one"), "1");
    EXPECT_EQ(told("two"), "2");
    EXPECT_EQ(told("three"), "nothing");
    reply("3");
    EXPECT_EQ(told("three"), "3");
    EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(CallQueueTest, ThrowsAwayTheReplyOfACallWhoseDeadlinePassed) {
    add("one", CallKind::kWrite, kStart + Millis{10});
    add("two");
    queue_.take_waiting(kStart);
    queue_.expire(kStart + Millis{9});
    EXPECT_EQ(told("one"), "nothing");
    queue_.expire(kStart + Millis{10});
    EXPECT_EQ(told("one"), "outcome_unknown");
    EXPECT_EQ(queue_.size(), 2U);  // it keeps its place
    reply("1");
    EXPECT_EQ(told("two"), "nothing");
    EXPECT_EQ(queue_.late_replies(), 1U);
    reply("2");
    EXPECT_EQ(told("two"), "2");
}

TEST_F(CallQueueTest, ALostReadIsUnavailableAndALostWriteIsUnknown) {
    add("write", CallKind::kWrite);
    add("read", CallKind::kRead);
    queue_.take_waiting(kStart);
    add("waiting", CallKind::kWrite);
    queue_.end_written("gone");
    EXPECT_EQ(told("write"), "outcome_unknown");
    EXPECT_EQ(told("read"), "unavailable");
    EXPECT_EQ(told("waiting"), "nothing");
    queue_.end_waiting("gone");
    EXPECT_EQ(told("waiting"), "unavailable");
    EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(CallQueueTest, ACallThatWaitsPastItsDeadlineIsNeverSent) {
    add("one", CallKind::kWrite, kStart);
    add("two");
    queue_.expire(kStart);
    EXPECT_EQ(told("one"), "unavailable");
    EXPECT_EQ(queue_.take_waiting(kStart), "two");
}

TEST_F(CallQueueTest, RefusesAReplyThatNobodyAskedFor) {
    add("waiting");
    EXPECT_FALSE(queue_.reply(Reply{}));
    queue_.end_waiting("test over");
}

TEST_F(CallQueueTest, TellsWhatToWatch) {
    EXPECT_EQ(queue_.next_deadline(), Instant::max());
    EXPECT_EQ(queue_.oldest_written(), std::nullopt);
    add("one", CallKind::kWrite, kStart + Millis{20});
    add("two", CallKind::kWrite, kStart + Millis{10});
    EXPECT_EQ(queue_.next_deadline(), kStart + Millis{10});
    queue_.take_waiting(kStart);
    EXPECT_EQ(queue_.oldest_written(), kStart);
    queue_.expire(kStart + Millis{10});
    EXPECT_EQ(queue_.next_deadline(), kStart + Millis{20});
    queue_.end_written("test over");
}

}  // namespace
}  // namespace sluice
