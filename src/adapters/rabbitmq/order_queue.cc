#include "adapters/rabbitmq/order_queue.h"

#include <algorithm>
#include <utility>

#include "adapters/rabbitmq/amqp_link.h"
#include "adapters/rabbitmq/consumer.h"
#include "adapters/rabbitmq/publisher.h"
#include "adapters/rabbitmq/queue_inspector.h"
#include "adapters/rabbitmq/topology.h"
#include "ports/message_codec.h"

namespace sluice {
namespace {

std::string_view type_of(const Message& message) {
    if (std::holds_alternative<OrderBatch>(message)) return "orders";
    if (std::holds_alternative<Barrier>(message)) return "barrier";
    return "hint";
}

PublishRequest request_for(
    std::string exchange, std::string key, const Message& message, Deadline deadline
) {
    PublishRequest request;
    request.exchange = std::move(exchange);
    request.routing_key = std::move(key);
    request.type = type_of(message);
    request.body = encode(message);
    request.deadline = deadline;
    return request;
}

}  // namespace

RabbitOrderQueue::RabbitOrderQueue(RabbitOptions options, Clock& clock, Log& log)
    : options_(std::move(options)), clock_(clock), log_(log) {
    SLUICE_CHECK(options_.partitions > 0);
}

Result<std::unique_ptr<RabbitOrderQueue>> RabbitOrderQueue::open(
    RabbitOptions options, Clock& clock, Log& log
) {
    std::unique_ptr<RabbitOrderQueue> queue(new RabbitOrderQueue(std::move(options), clock, log));
    auto link = open_publisher_link(queue->options_);
    if (!link.ok()) return link.error();
    queue->publisher_ = std::make_unique<Publisher>(queue->options_, std::move(*link), clock, log);
    queue->inspector_ = std::make_unique<QueueInspector>(queue->options_, clock);
    return queue;
}

// All are told before anybody is waited for.
RabbitOrderQueue::~RabbitOrderQueue() {
    for (const auto& line : lines_) line->stop();
    for (const auto& line : lines_) line->join();
}

Task<Result<Done>> RabbitOrderQueue::publish(
    Partition partition, Message message, Deadline deadline
) {
    if (!known(partition)) co_return fail(Code::kNotPublished, "no such partition");
    const RabbitNames names(options_.prefix);
    auto request = request_for(names.orders(), names.key(partition), message, deadline);
    co_return co_await publisher_->publish(std::move(request));
}

Task<Result<Done>> RabbitOrderQueue::publish_after(
    RetryTier tier, Partition partition, Message message, Deadline deadline
) {
    if (!known(partition)) co_return fail(Code::kNotPublished, "no such partition");
    const RabbitNames names(options_.prefix);
    auto request = request_for(names.retry(options_.tiers.delay(tier)), names.key(partition), message, deadline);
    co_return co_await publisher_->publish(std::move(request));
}

Task<Result<Done>> RabbitOrderQueue::notify_dead(
    std::string subject, std::string body, Deadline deadline
) {
    PublishRequest request;
    request.routing_key = RabbitNames(options_.prefix).dead();
    request.type = std::move(subject);
    request.body = std::move(body);
    request.deadline = deadline;
    co_return co_await publisher_->publish(std::move(request));
}

Task<Result<Done>> RabbitOrderQueue::publish_raw(
    Partition partition, std::string body, Deadline deadline
) {
    const RabbitNames names(options_.prefix);
    PublishRequest request;
    request.exchange = names.orders();
    request.routing_key = names.key(partition);
    request.body = std::move(body);
    request.deadline = deadline;
    co_return co_await publisher_->publish(std::move(request));
}

Task<Result<std::unique_ptr<Consumer>>> RabbitOrderQueue::consume(
    Partition partition, Deadline deadline
) {
    if (!known(partition)) co_return fail(Code::kInvalidField, "no such partition");
    auto line = std::make_shared<ConsumerLine>(options_, partition, clock_, log_);
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(lines_, [](const auto& each) { return each->ended(); });
        lines_.push_back(line);
    }
    auto started = co_await line->start(deadline);
    if (!started.ok()) co_return started.error();
    std::unique_ptr<Consumer> consumer = std::make_unique<RabbitConsumer>(std::move(line));
    co_return consumer;
}

std::vector<std::shared_ptr<ConsumerLine>> RabbitOrderQueue::lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
}

void RabbitOrderQueue::add_held(std::vector<QueueDepth>& depths) {
    const auto now = clock_.wall();
    for (const auto& line : lines()) {
        auto& depth = depths.at(line->partition().value());
        depth.ready += line->held();
        const auto oldest = line->oldest();
        if (oldest) depth.oldest_age = std::max({Millis{0}, depth.oldest_age, now - *oldest});
    }
}

Task<Result<std::vector<QueueDepth>>> RabbitOrderQueue::depths(Deadline deadline) {
    auto depths = co_await inspector_->depths(deadline);
    if (depths.ok()) add_held(*depths);
    co_return depths;
}

bool RabbitOrderQueue::known_down() const { return publisher_->known_down(); }

}  // namespace sluice
