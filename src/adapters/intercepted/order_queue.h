#pragma once
// InterceptedQueue: any OrderQueue, and its consumers, whose calls pass an interceptor (README.md).
// publish() is named after its message: "queue.publish.orders", ".barrier" or ".hint". A
// definite failure of a publishing method is kNotPublished.

#include <memory>

#include "ports/order_queue.h"

namespace sluice {

// A take() that fails after it happened keeps the delivery for the next take(): a consumer that
// goes on after an error misses nothing, one that is thrown away has its work delivered again.
template <class Interceptor>
class InterceptedConsumer final : public Consumer {
public:
    InterceptedConsumer(std::unique_ptr<Consumer> inner, Interceptor& interceptor)
        : inner_(std::move(inner)), interceptor_(interceptor) {}

    Task<Result<std::optional<Delivery>>> take(std::size_t orders_max, Deadline deadline) override {
        auto call = [this, orders_max, deadline] { return take_or_keep(orders_max, deadline); };
        auto taken = co_await interceptor_.template around<Done>("consumer.take", std::move(call));
        if (!taken.ok()) co_return taken.error();
        co_return std::exchange(kept_, std::nullopt);
    }
    Task<Result<Done>> ack(AckToken through, Deadline deadline) override {
        return interceptor_.template around<Done>("consumer.ack", [this, through, deadline] {
            return inner_->ack(through, deadline);
        });
    }

private:
    Task<Result<Done>> take_or_keep(std::size_t orders_max, Deadline deadline) {
        if (kept_) co_return Done{};
        auto taken = co_await inner_->take(orders_max, deadline);
        if (!taken.ok()) co_return taken.error();
        kept_ = std::move(*taken);
        co_return Done{};
    }

    std::unique_ptr<Consumer> inner_;
    Interceptor& interceptor_;
    std::optional<Delivery> kept_;  // taken from inner_ and not handed over yet
};

template <class Interceptor>
class InterceptedQueue final : public OrderQueue {
public:
    InterceptedQueue(OrderQueue& inner, Interceptor& interceptor) : inner_(inner), interceptor_(interceptor) {}

    Task<Result<Done>> publish(Partition partition, Message message, Deadline deadline) override {
        const char* name = name_of(message);
        return publishing(name, [this, partition, message = std::move(message), deadline] {
            return inner_.publish(partition, message, deadline);
        });
    }
    Task<Result<Done>> publish_after(
        RetryTier tier, Partition partition, Message message, Deadline deadline
    ) override {
        return publishing(
            "queue.publish_after",
            [this, tier, partition, message = std::move(message), deadline] {
                return inner_.publish_after(tier, partition, message, deadline);
            }
        );
    }
    Task<Result<Done>> notify_dead(std::string subject, std::string body, Deadline deadline)
        override {
        return publishing(
            "queue.notify_dead", [this, subject = std::move(subject), body = std::move(body),
                                  deadline] { return inner_.notify_dead(subject, body, deadline); }
        );
    }
    Task<Result<std::unique_ptr<Consumer>>> consume(Partition partition, Deadline deadline)
        override {
        using Made = std::unique_ptr<Consumer>;
        auto call = [this, partition, deadline] { return inner_.consume(partition, deadline); };
        auto made = co_await interceptor_.template around<Made>("queue.consume", std::move(call));
        if (!made.ok()) co_return made.error();
        co_return Made(std::make_unique<InterceptedConsumer<Interceptor>>(std::move(*made), interceptor_));
    }
    Task<Result<std::vector<QueueDepth>>> depths(Deadline deadline) override {
        return interceptor_.template around<std::vector<QueueDepth>>("queue.depths", [this, deadline] {
            return inner_.depths(deadline);
        });
    }
    bool known_down() const override { return known_down_ || inner_.known_down(); }
    void set_known_down(bool down) { known_down_ = down; }
    std::uint16_t partitions() const override { return inner_.partitions(); }

private:
    static const char* name_of(const Message& message) {
        if (std::holds_alternative<OrderBatch>(message)) return "queue.publish.orders";
        return std::holds_alternative<Barrier>(message) ? "queue.publish.barrier"
                                                        : "queue.publish.hint";
    }
    Task<Result<Done>> publishing(const char* name, std::function<Task<Result<Done>>()> call) {
        return interceptor_.template around<Done>(name, Code::kNotPublished, std::move(call));
    }

    OrderQueue& inner_;
    Interceptor& interceptor_;
    bool known_down_ = false;
};

}  // namespace sluice
