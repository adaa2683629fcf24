#pragma once
// What every OrderQueue does, written only against the port. A Rig gives a fresh queue of at least
// two partitions:
//     OrderQueue& queue();
//     Clock& clock();
//     template <class T> T run(Task<T>);              runs a task to its end
//     Deadline in(Millis);                            for calls; a real server may get longer
//     Millis patience();                              how long nothing must come to be believed
//     void pass(Millis);                              lets time pass
//     RetryTiers tiers();                             that the queue was made with
//     void publish_raw(Partition, std::string body);  puts bytes there that no publisher made
//     void restart();                                 server and process start again; consumers are
//                                                     gone before
//     static constexpr bool kConsumersTellAge;        the age of what waits is known only while a
//                                                     consumer of this process holds it
//
//     INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, QueueContract, SqliteQueueRig);

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "async/task_group.h"
#include "ports/order_queue.h"

namespace sluice {

using Numbers = std::vector<std::uint64_t>;  // of batches, in order

template <class Rig>
class QueueContract : public testing::Test {
protected:
    static constexpr Partition kHere{0};
    static constexpr Partition kThere{1};
    static constexpr Millis kArrival{500};     // for what is published to reach its consumer
    static constexpr Millis kAckDurable{2'000};  // for an ack that was sent to be written down
    using Taken = std::optional<Delivery>;

    // A message of `orders` orders that can be told from every other by its number.
    static OrderBatch batch(std::uint64_t number, unsigned orders = 1) {
        OrderBatch made{SaleId{1}, Epoch{number}, {}};
        for (unsigned i = 0; i < orders; ++i) {
            std::array<std::uint8_t, 12> entropy{};
            entropy[10] = static_cast<std::uint8_t>(number & 0xffU);
            entropy[11] = static_cast<std::uint8_t>(i & 0xffU);
            AcceptedOrder order;
            order.order = OrderId::compose(made.sale, entropy);
            order.buyer = BuyerId{"buyer-" + std::to_string(i)};
            order.quantity = 1 + i;
            order.accepted_at = wall_from_ms(1'800'000'000'000 + i);
            order.terms = Terms{Cents{100}, Currency{}, Millis{60'000}};
            made.orders.push_back(std::move(order));
        }
        return made;
    }

    OrderQueue& queue() { return rig_.queue(); }
    Deadline soon() { return rig_.in(Millis{2'000}); }
    Result<Done> try_publish(Partition partition, Message message) {
        return rig_.run(queue().publish(partition, std::move(message), soon()));
    }
    void publish(Message message, Partition partition = kHere) {
        const auto published = try_publish(partition, std::move(message));
        ASSERT_TRUE(published.ok()) << to_string(published.error());
    }
    std::unique_ptr<Consumer> consume(Partition partition = kHere) {
        return rig_.run(queue().consume(partition, soon())).value();
    }
    Taken take(Consumer& consumer, std::size_t orders_max = 100) {
        return rig_.run(consumer.take(orders_max, soon())).value();
    }
    // True when nothing comes, for as long as the rig thinks it must be waited for.
    bool comes_nothing(Consumer& consumer) {
        auto taken = consumer.take(100, rig_.clock().in(rig_.patience()));
        return !rig_.run(std::move(taken)).value().has_value();
    }
    void ack(Consumer& consumer, const Taken& taken) {
        EXPECT_TRUE(rig_.run(consumer.ack(taken->through, soon())).ok());
    }
    // The numbers of the batches of a run; empty for anything else.
    static Numbers numbers(const Taken& taken) {
        Numbers found;
        if (!taken) return found;
        if (const auto* run = std::get_if<OrderRun>(&taken->work)) {
            for (const auto& batch : run->batches) found.push_back(batch.epoch.value());
        }
        return found;
    }
    Numbers take_numbers(Consumer& consumer, std::size_t orders_max = 100) {
        return numbers(take(consumer, orders_max));
    }
    // Takes and acks until nothing comes any more. For the first message it waits longer.
    Numbers drain(Consumer& consumer) {
        Numbers all;
        for (auto taken = take(consumer); taken;) {
            for (const auto number : numbers(taken)) all.push_back(number);
            ack(consumer, taken);
            auto next = consumer.take(100, rig_.clock().in(rig_.patience()));
            taken = rig_.run(std::move(next)).value();
        }
        return all;
    }
    QueueDepth depth(Partition partition = kHere) {
        return rig_.run(queue().depths(soon())).value().at(partition.value());
    }

    Rig rig_;
};

TYPED_TEST_SUITE_P(QueueContract);

}  // namespace sluice

#include "contract/queue_contract_consumers.h"
#include "contract/queue_contract_delivery.h"

namespace sluice {

REGISTER_TYPED_TEST_SUITE_P(
    QueueContract,
    // delivery
    DeliversWhatWasPublished, DeliversInOrder, MergesBatchesUpToTheLimit,
    DeliversALargerMessageWhole, BarrierComesAloneAndInOrder, BarrierWaitsForEarlierAcks,
    HintComesAloneAndInOrder, UndecodableIsHandedOverWhole, TakeGivesNothingAtItsDeadline,
    DelayedComesToTheTailAfterItsTier, EachTierHasItsOwnDelay, PartitionsAreIndependent,
    RefusesAnUnknownPartition, PublishesNothingAfterTheDeadline, DepthsCountWhatWaits,
    NoticesAreAccepted,
    // consumers
    UnackedComesAgainInOrder, AckCoversEverythingBefore, RestartKeepsTheUnacked,
    RestartForgetsTheAcked, SecondConsumerWaitsForTheFirst, SecondConsumerIsWokenWhenTheFirstGoes,
    WaitingTakeIsWokenByAPublish, DeadConsumerLosesNothing
);

}  // namespace sluice
