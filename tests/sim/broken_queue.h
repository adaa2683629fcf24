#pragma once
// Queues that break one rule of the protocol on purpose. A simulator that finds nothing wrong with them proves nothing.

#include <memory>
#include <utility>

#include "ports/order_queue.h"

namespace sluice::sim {

enum class BrokenRule : std::uint8_t {
    kNone,
    kConfirmsUnstored,  // every fourth message is confirmed and never stored
    kAcksOnDelivery,    // work is acked before it is settled
};

class EarlyAckConsumer final : public Consumer {
public:
    explicit EarlyAckConsumer(std::unique_ptr<Consumer> inner) : inner_(std::move(inner)) {}
    Task<Result<std::optional<Delivery>>> take(std::size_t orders_max, Deadline deadline) override {
        auto delivery = co_await inner_->take(orders_max, deadline);
        if (!delivery.ok() || !delivery->has_value()) co_return delivery;
        const AckToken through = (*delivery)->through;
        auto acked = co_await inner_->ack(through, deadline);
        if (!acked.ok()) co_return acked.error();
        co_return delivery;
    }
    Task<Result<Done>> ack(AckToken, Deadline) override { co_return Done{}; }

private:
    std::unique_ptr<Consumer> inner_;
};

class BrokenQueue final : public OrderQueue {
public:
    BrokenQueue(OrderQueue& inner, BrokenRule rule) : inner_(inner), rule_(rule) {}

    Task<Result<Done>> publish(Partition partition, Message message, Deadline deadline) override {
        if (rule_ == BrokenRule::kConfirmsUnstored && ++published_ % 4 == 0) return confirm_nothing();
        return inner_.publish(partition, std::move(message), deadline);
    }
    Task<Result<Done>> publish_after(
        RetryTier tier, Partition partition, Message message, Deadline deadline
    ) override {
        return inner_.publish_after(tier, partition, std::move(message), deadline);
    }
    Task<Result<Done>> notify_dead(std::string subject, std::string body, Deadline deadline) override {
        return inner_.notify_dead(std::move(subject), std::move(body), deadline);
    }
    Task<Result<std::unique_ptr<Consumer>>> consume(Partition partition, Deadline deadline) override {
        auto consumer = co_await inner_.consume(partition, deadline);
        if (!consumer.ok() || rule_ != BrokenRule::kAcksOnDelivery) co_return consumer;
        std::unique_ptr<Consumer> early = std::make_unique<EarlyAckConsumer>(std::move(*consumer));
        co_return early;
    }
    Task<Result<std::vector<QueueDepth>>> depths(Deadline deadline) override { return inner_.depths(deadline); }
    std::uint16_t partitions() const override { return inner_.partitions(); }

private:
    static Task<Result<Done>> confirm_nothing() { co_return Done{}; }

    OrderQueue& inner_;
    BrokenRule rule_;
    std::uint64_t published_ = 0;
};

}  // namespace sluice::sim
