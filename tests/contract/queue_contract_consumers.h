#pragma once
// Queue contract: acks, restarts, and consumers that come and go. Included by queue_contract.h
// only.

#include "contract/queue_contract.h"

namespace sluice {

TYPED_TEST_P(QueueContract, UnackedComesAgainInOrder) {
    for (const std::uint64_t number : {1U, 2U, 3U}) this->publish(this->batch(number));
    auto consumer = this->consume();
    const auto first = this->take(*consumer, 1);
    EXPECT_EQ(this->take_numbers(*consumer, 1), (Numbers{2}));
    this->ack(*consumer, first);
    consumer.reset();
    this->publish(this->batch(4));
    consumer = this->consume();
    EXPECT_EQ(this->drain(*consumer), (Numbers{2, 3, 4}));
}

TYPED_TEST_P(QueueContract, AckCoversEverythingBefore) {
    for (const std::uint64_t number : {1U, 2U, 3U}) this->publish(this->batch(number));
    auto consumer = this->consume();
    this->take(*consumer, 1);
    const auto second = this->take(*consumer, 1);
    this->ack(*consumer, second);
    consumer.reset();
    consumer = this->consume();
    EXPECT_EQ(this->drain(*consumer), (Numbers{3}));
}

TYPED_TEST_P(QueueContract, RestartKeepsTheUnacked) {
    const Barrier barrier{SaleId{1}, Epoch{9}};
    this->publish(this->batch(1));
    this->publish(this->batch(2));
    this->publish(barrier);
    this->publish(this->batch(3));
    auto consumer = this->consume();
    this->ack(*consumer, this->take(*consumer, 1));
    consumer.reset();
    this->rig_.pass(this->kAckDurable);
    this->rig_.restart();
    consumer = this->consume();
    const auto second = this->take(*consumer);
    EXPECT_EQ(this->numbers(second), (Numbers{2}));
    this->ack(*consumer, second);
    const auto alone = this->take(*consumer);
    ASSERT_TRUE(alone.has_value());
    EXPECT_TRUE(std::holds_alternative<Barrier>(alone->work));
    EXPECT_EQ(this->take_numbers(*consumer), (Numbers{3}));
}

TYPED_TEST_P(QueueContract, RestartForgetsTheAcked) {
    this->publish(this->batch(1));
    auto consumer = this->consume();
    this->drain(*consumer);
    consumer.reset();
    this->rig_.pass(this->kAckDurable);
    this->rig_.restart();
    this->publish(this->batch(2));
    consumer = this->consume();
    EXPECT_EQ(this->drain(*consumer), (Numbers{2}));
}

TYPED_TEST_P(QueueContract, SecondConsumerWaitsForTheFirst) {
    auto first = this->consume();
    auto second = this->consume();
    this->publish(this->batch(1));
    EXPECT_TRUE(this->comes_nothing(*second));
    EXPECT_EQ(this->take_numbers(*first), (Numbers{1}));
    this->publish(this->batch(2));
    EXPECT_TRUE(this->comes_nothing(*second));
    first.reset();
    EXPECT_EQ(this->drain(*second), (Numbers{1, 2}));
}

// Starts take() and, while it waits, does something that must wake it long before its deadline.
inline Task<Result<std::optional<Delivery>>> take_while(
    Consumer& consumer, Deadline deadline, std::function<Task<void>()> meanwhile
) {
    TaskGroup group(co_await boost::asio::this_coro::executor);
    std::optional<Result<std::optional<Delivery>>> taken;
    auto waiter = [](Consumer& from, Deadline until, auto& into) -> Task<void> {
        auto got = co_await from.take(10, until);
        into.emplace(std::move(got));
    };
    group.spawn(waiter(consumer, deadline, taken));
    co_await meanwhile();
    co_await group.join();
    co_return std::move(*taken);
}

TYPED_TEST_P(QueueContract, SecondConsumerIsWokenWhenTheFirstGoes) {
    auto first = this->consume();
    auto second = this->consume();
    this->publish(this->batch(1));
    auto meanwhile = [&]() -> Task<void> {
        (void)co_await first->take(10, this->soon());
        first.reset();
    };
    const auto deadline = Deadline::never();
    const auto taken = this->rig_.run(take_while(*second, deadline, meanwhile));
    ASSERT_TRUE(taken.ok());
    EXPECT_EQ(this->numbers(*taken), (Numbers{1}));
}

TYPED_TEST_P(QueueContract, WaitingTakeIsWokenByAPublish) {
    auto consumer = this->consume();
    auto meanwhile = [&]() -> Task<void> {
        auto message = Message{this->batch(1)};
        const auto deadline = this->soon();
        auto published = co_await this->queue().publish(this->kHere, std::move(message), deadline);
        EXPECT_TRUE(published.ok());
    };
    const auto deadline = Deadline::never();
    const auto taken = this->rig_.run(take_while(*consumer, deadline, meanwhile));
    ASSERT_TRUE(taken.ok());
    EXPECT_EQ(this->numbers(*taken), (Numbers{1}));
}

// Consumers die at every point of their work; each message is seen, in order, until somebody acks
// it.
TYPED_TEST_P(QueueContract, DeadConsumerLosesNothing) {
    constexpr std::uint64_t kMessages = 12;
    for (std::uint64_t number = 1; number <= kMessages; ++number)
        this->publish(this->batch(number));
    Numbers acked;
    for (unsigned life = 0; acked.size() < kMessages; ++life) {
        auto consumer = this->consume();
        for (unsigned takes = 0; takes <= life % 3 && acked.size() < kMessages; ++takes) {
            const auto taken = this->take(*consumer, 1 + life % 2);
            const auto seen = this->numbers(taken);
            if (seen.empty()) break;
            EXPECT_EQ(seen.front(), acked.size() + 1);
            if (takes < life % 3 || life % 4 == 0) {  // else it dies between work and ack
                this->ack(*consumer, taken);
                acked.insert(acked.end(), seen.begin(), seen.end());
            } else {
                break;
            }
        }
    }
    Numbers all;
    for (std::uint64_t number = 1; number <= kMessages; ++number) all.push_back(number);
    EXPECT_EQ(acked, all);
}

}  // namespace sluice
