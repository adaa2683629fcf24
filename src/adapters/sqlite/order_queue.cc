#include "adapters/sqlite/order_queue.h"

#include "adapters/sqlite/queue_lines.h"
#include "ports/message_codec.h"

namespace sluice {
namespace {

constexpr auto kInsertMessage =
    "INSERT INTO queue_messages (partition, enqueued_ms, body) VALUES (?1, ?2, ?3)";
constexpr auto kInsertDelayed =
    "INSERT INTO queue_delayed (not_before_ms, partition, body) VALUES (?1, ?2, ?3)";
constexpr auto kInsertDead =
    "INSERT INTO queue_dead (noticed_ms, subject, body) VALUES (?1, ?2, ?3)";
constexpr auto kReady =
    "SELECT partition, count(*), min(id) FROM queue_messages GROUP BY partition";
constexpr auto kEnqueued = "SELECT enqueued_ms FROM queue_messages WHERE id = ?1";
constexpr auto kDelayed = "SELECT partition, count(*) FROM queue_delayed GROUP BY partition";

using Write = std::function<Result<Done>(Connection&)>;

// Store::write answers a definite error only for a change that left no trace.
Result<Done> as_published(Result<Done> written) {
    if (written.ok() || is_unknown(written.error())) return written;
    return fail(Code::kNotPublished, to_string(written.error()));
}

std::vector<QueueDepth> read_depths(
    Connection& connection, std::uint16_t partitions, WallTime now
) {
    std::vector<QueueDepth> depths(partitions);
    for (std::uint16_t i = 0; i < partitions; ++i) depths[i].partition = Partition{i};
    auto ready = connection.prepare(kReady);
    for (ready.query(); ready.next();) {
        const auto partition = ready.get<std::size_t>(0);
        if (partition >= depths.size()) continue;
        depths[partition].ready = ready.get<std::uint64_t>(1);
        auto oldest = connection.prepare(kEnqueued);
        oldest.query(ready.get<std::int64_t>(2));
        if (oldest.next()) {
            depths[partition].oldest_age = std::max(Millis{0}, now - oldest.get<WallTime>(0));
        }
    }
    auto delayed = connection.prepare(kDelayed);
    for (delayed.query(); delayed.next();) {
        const auto partition = delayed.get<std::size_t>(0);
        if (partition < depths.size()) depths[partition].delayed = delayed.get<std::uint64_t>(1);
    }
    return depths;
}

}  // namespace

SqliteOrderQueue::SqliteOrderQueue(
    Store& store, std::uint16_t partitions, Clock& clock, RetryTiers tiers
)
    : store_(store),
      partitions_(partitions),
      clock_(clock),
      tiers_(tiers),
      lines_(std::make_shared<Lines>()) {
    SLUICE_CHECK(partitions > 0);
}

SqliteOrderQueue::~SqliteOrderQueue() = default;

Task<Result<Done>> SqliteOrderQueue::publish(
    Partition partition, Message message, Deadline deadline
) {
    return publish_raw(partition, encode(message), deadline);
}

Task<Result<Done>> SqliteOrderQueue::publish_raw(
    Partition partition, std::string body, Deadline deadline
) {
    if (!known(partition)) co_return fail(Code::kNotPublished, "no such partition");
    if (deadline.passed(clock_.now())) co_return fail(Code::kNotPublished, "the deadline passed");
    const auto now = clock_.wall();
    Write work = [partition, now, blob = Blob{std::move(body)}](Connection& connection) {
        connection.run(kInsertMessage, partition, now, blob);
        return Result<Done>(Done{});
    };
    auto written = co_await store_.write<Done>(std::move(work));
    // An unknown COMMIT may have put it there as well.
    lines_->ring(partition);
    co_return as_published(std::move(written));
}

Task<Result<Done>> SqliteOrderQueue::publish_after(
    RetryTier tier, Partition partition, Message message, Deadline deadline
) {
    if (!known(partition)) co_return fail(Code::kNotPublished, "no such partition");
    if (deadline.passed(clock_.now())) co_return fail(Code::kNotPublished, "the deadline passed");
    const auto due_at = clock_.wall() + tiers_.delay(tier);
    Write work = [partition, due_at, blob = Blob{encode(message)}](Connection& connection) {
        connection.run(kInsertDelayed, due_at, partition, blob);
        return Result<Done>(Done{});
    };
    auto written = co_await store_.write<Done>(std::move(work));
    // Sleeping consumers must sleep shorter from now on.
    lines_->remember_due(due_at);
    lines_->ring(partition);
    co_return as_published(std::move(written));
}

Task<Result<Done>> SqliteOrderQueue::notify_dead(std::string subject, std::string body, Deadline) {
    const auto now = clock_.wall();
    Write work = [now, subject = std::move(subject),
                  blob = Blob{std::move(body)}](Connection& connection) {
        connection.run(kInsertDead, now, subject, blob);
        return Result<Done>(Done{});
    };
    auto written = co_await store_.write<Done>(std::move(work));
    co_return as_published(std::move(written));
}

Task<Result<std::unique_ptr<Consumer>>> SqliteOrderQueue::consume(Partition partition, Deadline) {
    if (!known(partition)) co_return fail(Code::kInvalidField, "no such partition");
    co_return make_queue_consumer(store_, clock_, partition, lines_);
}

Task<Result<std::vector<QueueDepth>>> SqliteOrderQueue::depths(Deadline) {
    using Depths = std::vector<QueueDepth>;
    std::function<Result<Depths>(Connection&)> work =
        [partitions = partitions_, now = clock_.wall()](Connection& connection) {
            return Result<Depths>(read_depths(connection, partitions, now));
        };
    auto depths = co_await store_.read<Depths>(std::move(work));
    if (!depths.ok()) co_return depths;
    for (QueueDepth& depth : *depths) depth.consumers = lines_->length(depth.partition);
    co_return depths;
}

}  // namespace sluice
