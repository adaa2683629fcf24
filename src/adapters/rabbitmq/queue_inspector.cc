#include "adapters/rabbitmq/queue_inspector.h"

#include <utility>

namespace sluice {

QueueInspector::QueueInspector(const RabbitOptions& options, Clock& clock)
    : options_(options), clock_(clock) {}

Task<Result<std::vector<QueueDepth>>> QueueInspector::depths(Deadline deadline) {
    if (asking_.fetch_add(1) >= kInspectionsMax) {
        --asking_;
        co_return fail(Code::kQueueUnavailable, "too many inspections are waiting");
    }
    auto start = [this, deadline](Resume<Depths> resume) {
        auto answer = std::make_shared<Resume<Depths>>(std::move(resume));
        thread_.post([this, deadline, answer] {
            auto depths = ask(deadline);
            --asking_;
            (*answer)(std::move(depths));
        });
    };
    co_return co_await suspend<Depths>(std::move(start));
}

// A second try, because the first may only have found that the connection has died long ago.
QueueInspector::Depths QueueInspector::ask(Deadline deadline) {
    if (link_ != nullptr && !deadline.passed(clock_.now())) {
        auto depths = ask_over(*link_);
        if (depths.ok()) return depths;
    }
    link_.reset();
    if (deadline.passed(clock_.now())) return fail(Code::kQueueUnavailable, "the deadline passed");
    auto endpoint = options_.endpoint;
    endpoint.heartbeat = std::chrono::seconds{0};
    auto link = AmqpLink::connect(endpoint, options_.prefix + " inspector");
    if (!link.ok()) return fail(Code::kQueueUnavailable, to_string(link.error()));
    link_ = std::move(*link);
    return ask_over(*link_);
}

QueueInspector::Depths QueueInspector::ask_over(AmqpLink& link) {
    const RabbitNames names(options_.prefix);
    std::vector<QueueDepth> depths(options_.partitions);
    for (std::uint16_t i = 0; i < options_.partitions; ++i) {
        depths[i].partition = Partition{i};
        const auto counts = link.inspect(names.orders(Partition{i}));
        if (!counts.ok()) return fail(Code::kQueueUnavailable, to_string(counts.error()));
        depths[i].ready = counts->ready;
        depths[i].consumers = counts->consumers;
    }
    for (const auto tier : kRetryTiers) {
        const auto counts = link.inspect(names.retry(options_.tiers.delay(tier)));
        if (!counts.ok()) return fail(Code::kQueueUnavailable, to_string(counts.error()));
        depths.front().delayed += counts->ready;
    }
    return depths;
}

}  // namespace sluice
