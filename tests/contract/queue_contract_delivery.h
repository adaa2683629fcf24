#pragma once
// Queue contract: what is delivered, and in which order. Included by queue_contract.h only.

#include "contract/queue_contract.h"

namespace sluice {

TYPED_TEST_P(QueueContract, DeliversWhatWasPublished) {
    const auto sent = this->batch(1, 3);
    this->publish(sent);
    auto consumer = this->consume();
    const auto taken = this->take(*consumer);
    ASSERT_TRUE(taken.has_value());
    const auto* run = std::get_if<OrderRun>(&taken->work);
    ASSERT_NE(run, nullptr);
    EXPECT_EQ(run->batches, (std::vector<OrderBatch>{sent}));
}

TYPED_TEST_P(QueueContract, DeliversInOrder) {
    Numbers sent;
    for (std::uint64_t number = 1; number <= 200; ++number) {
        this->publish(this->batch(number));
        sent.push_back(number);
    }
    auto consumer = this->consume();
    EXPECT_EQ(this->drain(*consumer), sent);
}

TYPED_TEST_P(QueueContract, MergesBatchesUpToTheLimit) {
    for (const std::uint64_t number : {1U, 2U, 3U, 4U}) this->publish(this->batch(number, 2));
    auto consumer = this->consume();
    this->rig_.pass(this->kArrival);  // what has not arrived cannot be merged
    EXPECT_EQ(this->take_numbers(*consumer, 5), (Numbers{1, 2}));
    EXPECT_EQ(this->take_numbers(*consumer, 2), (Numbers{3}));
    EXPECT_EQ(this->take_numbers(*consumer, 5), (Numbers{4}));
}

TYPED_TEST_P(QueueContract, DeliversALargerMessageWhole) {
    this->publish(this->batch(1, 9));
    this->publish(this->batch(2, 1));
    auto consumer = this->consume();
    EXPECT_EQ(this->take_numbers(*consumer, 4), (Numbers{1}));
    EXPECT_EQ(this->take_numbers(*consumer, 4), (Numbers{2}));
}

TYPED_TEST_P(QueueContract, BarrierComesAloneAndInOrder) {
    const Barrier barrier{SaleId{1}, Epoch{9}};
    this->publish(this->batch(1));
    this->publish(barrier);
    this->publish(this->batch(2));
    auto consumer = this->consume();
    const auto before = this->take(*consumer);
    EXPECT_EQ(this->numbers(before), (Numbers{1}));
    this->ack(*consumer, before);
    const auto alone = this->take(*consumer);
    ASSERT_TRUE(alone.has_value());
    ASSERT_TRUE(std::holds_alternative<Barrier>(alone->work));
    EXPECT_EQ(std::get<Barrier>(alone->work), barrier);
    EXPECT_EQ(this->take_numbers(*consumer), (Numbers{2}));
}

TYPED_TEST_P(QueueContract, BarrierWaitsForEarlierAcks) {
    this->publish(this->batch(1));
    this->publish(Barrier{SaleId{1}, Epoch{9}});
    auto consumer = this->consume();
    const auto before = this->take(*consumer);
    EXPECT_TRUE(this->comes_nothing(*consumer));
    this->ack(*consumer, before);
    const auto barrier = this->take(*consumer);
    ASSERT_TRUE(barrier.has_value());
    EXPECT_TRUE(std::holds_alternative<Barrier>(barrier->work));
}

TYPED_TEST_P(QueueContract, HintComesAloneAndInOrder) {
    const WorkHint hint{WorkKind::kPayment, "pay-1"};
    this->publish(this->batch(1));
    this->publish(hint);
    this->publish(this->batch(2));
    auto consumer = this->consume();
    EXPECT_EQ(this->take_numbers(*consumer), (Numbers{1}));
    const auto alone = this->take(*consumer);
    ASSERT_TRUE(alone.has_value());
    ASSERT_TRUE(std::holds_alternative<WorkHint>(alone->work));
    EXPECT_EQ(std::get<WorkHint>(alone->work), hint);
    EXPECT_EQ(this->take_numbers(*consumer), (Numbers{2}));
}

TYPED_TEST_P(QueueContract, UndecodableIsHandedOverWhole) {
    const std::string rubbish("not\0ours", 8);
    this->publish(this->batch(1));
    this->rig_.publish_raw(this->kHere, rubbish);
    this->publish(this->batch(2));
    auto consumer = this->consume();
    EXPECT_EQ(this->take_numbers(*consumer), (Numbers{1}));
    const auto taken = this->take(*consumer);
    ASSERT_TRUE(taken.has_value());
    ASSERT_TRUE(std::holds_alternative<Undecodable>(taken->work));
    EXPECT_EQ(std::get<Undecodable>(taken->work).body, rubbish);
    EXPECT_FALSE(std::get<Undecodable>(taken->work).why.empty());
    this->ack(*consumer, taken);
    EXPECT_EQ(this->take_numbers(*consumer), (Numbers{2}));
    consumer.reset();
    consumer = this->consume();
    EXPECT_EQ(this->take_numbers(*consumer), (Numbers{2}));  // the rubbish does not loop
}

TYPED_TEST_P(QueueContract, TakeGivesNothingAtItsDeadline) {
    auto consumer = this->consume();
    EXPECT_TRUE(this->comes_nothing(*consumer));
    this->publish(this->batch(1));
    EXPECT_TRUE(this->take(*consumer).has_value());
    EXPECT_TRUE(this->comes_nothing(*consumer));  // delivered once to one consumer
}

TYPED_TEST_P(QueueContract, DelayedComesToTheTailAfterItsTier) {
    auto& queue = this->queue();
    auto delayed =
        queue.publish_after(RetryTier::kSecond, this->kHere, this->batch(1), this->soon());
    ASSERT_TRUE(this->rig_.run(std::move(delayed)).ok());
    this->publish(this->batch(2));
    auto consumer = this->consume();
    EXPECT_EQ(this->drain(*consumer), (Numbers{2}));
    EXPECT_EQ(this->depth().delayed, 1U);
    this->publish(this->batch(3));
    this->rig_.pass(this->rig_.tiers().delay(RetryTier::kSecond));
    EXPECT_EQ(this->drain(*consumer), (Numbers{3, 1}));
    EXPECT_EQ(this->depth().delayed, 0U);
}

TYPED_TEST_P(QueueContract, EachTierHasItsOwnDelay) {
    const auto tiers = this->rig_.tiers();
    std::uint64_t number = 3;
    for (const auto tier : {RetryTier::kThird, RetryTier::kSecond, RetryTier::kFirst}) {
        auto delayed =
            this->queue().publish_after(tier, this->kHere, this->batch(number--), this->soon());
        ASSERT_TRUE(this->rig_.run(std::move(delayed)).ok());
    }
    auto consumer = this->consume();
    this->rig_.pass(tiers.delay(RetryTier::kFirst));
    EXPECT_EQ(this->drain(*consumer), (Numbers{1}));
    this->rig_.pass(tiers.delay(RetryTier::kSecond));
    EXPECT_EQ(this->drain(*consumer), (Numbers{2}));
    this->rig_.pass(tiers.delay(RetryTier::kThird));
    EXPECT_EQ(this->drain(*consumer), (Numbers{3}));
}

TYPED_TEST_P(QueueContract, PartitionsAreIndependent) {
    this->publish(this->batch(1), this->kHere);
    this->publish(this->batch(2), this->kThere);
    this->publish(this->batch(3), this->kHere);
    auto here = this->consume(this->kHere);
    auto there = this->consume(this->kThere);
    // The ack of a later message in one partition does not touch the other's earlier ones.
    EXPECT_EQ(this->drain(*here), (Numbers{1, 3}));
    EXPECT_EQ(this->drain(*there), (Numbers{2}));
}

TYPED_TEST_P(QueueContract, RefusesAnUnknownPartition) {
    const Partition beyond{this->queue().partitions()};
    const auto published = this->try_publish(beyond, this->batch(1));
    ASSERT_FALSE(published.ok());
    EXPECT_EQ(published.error().code, Code::kNotPublished);
    EXPECT_FALSE(this->rig_.run(this->queue().consume(beyond, this->soon())).ok());
}

TYPED_TEST_P(QueueContract, PublishesNothingAfterTheDeadline) {
    auto late = this->queue().publish(this->kHere, this->batch(1), this->rig_.in(Millis{0}));
    const auto published = this->rig_.run(std::move(late));
    ASSERT_FALSE(published.ok());
    EXPECT_EQ(published.error().code, Code::kNotPublished);
    EXPECT_EQ(this->depth().ready, 0U);
}

TYPED_TEST_P(QueueContract, DepthsCountWhatWaits) {
    constexpr Millis kOld{3'000};
    EXPECT_EQ(this->depth().ready, 0U);
    EXPECT_EQ(this->depth().oldest_age, Millis{0});
    this->publish(this->batch(1));
    this->rig_.pass(kOld);
    this->publish(this->batch(2));
    EXPECT_EQ(this->depth().ready, 2U);
    if (!TypeParam::kConsumersTellAge) {
        EXPECT_GE(this->depth().oldest_age, kOld);
    }
    EXPECT_EQ(this->depth(this->kThere).ready, 0U);
    EXPECT_EQ(this->depth().consumers, 0U);
    auto consumer = this->consume();
    this->rig_.pass(this->kArrival);
    const auto taken = this->take(*consumer, 1);
    EXPECT_EQ(this->depth().ready, 2U);  // taken is not acked
    EXPECT_GE(this->depth().oldest_age, kOld);
    this->ack(*consumer, taken);
    EXPECT_EQ(this->depth().ready, 1U);
    EXPECT_LT(this->depth().oldest_age, kOld);
}

TYPED_TEST_P(QueueContract, NoticesAreAccepted) {
    const auto noticed =
        this->rig_.run(this->queue().notify_dead("order buried", "body", this->soon()));
    EXPECT_TRUE(noticed.ok());
    EXPECT_EQ(this->depth().ready, 0U);
}

}  // namespace sluice
