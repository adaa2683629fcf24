// The consumer side of SqliteOrderQueue: fetch, merge, deliver, ack, and move what is due.

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "adapters/sqlite/queue_lines.h"
#include "ports/work_line.h"

namespace sluice {
namespace {

constexpr auto kFetch =
    "SELECT id, body FROM queue_messages WHERE partition = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
constexpr auto kAck = "DELETE FROM queue_messages WHERE partition = ?1 AND id <= ?2";
constexpr auto kNextDue = "SELECT min(not_before_ms) FROM queue_delayed";
constexpr auto kListDue =
    "SELECT id, partition, body FROM queue_delayed WHERE not_before_ms <= ?1"
    " ORDER BY not_before_ms, id LIMIT ?2";
constexpr auto kInsertMessage =
    "INSERT INTO queue_messages (partition, enqueued_ms, body) VALUES (?1, ?2, ?3)";
constexpr auto kDeleteDue = "DELETE FROM queue_delayed WHERE id = ?1";

struct Fetched {
    std::uint64_t id = 0;
    std::string body;
};
using FetchedList = std::vector<Fetched>;

Result<FetchedList> fetch(Connection& connection, Partition partition, std::uint64_t after) {
    FetchedList rows;
    auto statement = connection.prepare(kFetch);
    for (statement.query(partition, after, kFetchMessagesMax); statement.next();) {
        rows.push_back({statement.get<std::uint64_t>(0), statement.get<Blob>(1).bytes});
    }
    return rows;
}

Result<std::optional<WallTime>> read_next_due(Connection& connection) {
    auto statement = connection.prepare(kNextDue);
    statement.query();
    if (!statement.next()) return std::optional<WallTime>();
    return statement.get<std::optional<WallTime>>(0);
}

// Returns how many messages moved. One transaction: a due message is in exactly one of the two
// tables.
Result<std::size_t> move_due(Connection& connection, WallTime now) {
    std::size_t moved = 0;
    auto due = connection.prepare(kListDue);
    auto insert = connection.prepare(kInsertMessage);
    auto erase = connection.prepare(kDeleteDue);
    std::vector<std::int64_t> ids;
    for (due.query(now, kDueMovedMax); due.next(); ++moved) {
        ids.push_back(due.get<std::int64_t>(0));
        insert.run(due.get<Partition>(1), now, due.get<Blob>(2));
    }
    for (const auto id : ids) erase.run(id);
    return moved;
}

class QueueConsumer final : public Consumer {
public:
    QueueConsumer(
        Store& store, Clock& clock, Partition partition,
        std::shared_ptr<SqliteOrderQueue::Lines> lines
    )
        : store_(store),
          clock_(clock),
          partition_(partition),
          lines_(std::move(lines)),
          bell_(lines_->join(partition)) {}
    ~QueueConsumer() override { lines_->leave(partition_, bell_); }

    Task<Result<std::optional<Delivery>>> take(std::size_t orders_max, Deadline deadline) override;
    Task<Result<Done>> ack(AckToken through, Deadline deadline) override;

private:
    Task<Result<Done>> fill(std::size_t orders_max);
    Task<Result<Done>> fetch_more();
    Task<void> requeue_due();
    Instant wake_at(Deadline deadline) const;

    Store& store_;
    Clock& clock_;
    const Partition partition_;
    const std::shared_ptr<SqliteOrderQueue::Lines> lines_;
    const std::shared_ptr<QueueBell> bell_;

    WorkLine line_;              // at most kFetchMessagesMax plus what a run still lacked
    std::uint64_t fetched_ = 0;  // the last id read
    bool more_ = true;           // the last read may have left messages behind
    Instant due_checked_{};      // when this consumer last looked at the tiers
};

Task<Result<std::optional<Delivery>>> QueueConsumer::take(
    std::size_t orders_max, Deadline deadline
) {
    // Before the first look, so that a message that comes after it cannot be missed.
    bell_->attach(co_await boost::asio::this_coro::executor);
    for (;;) {
        if (lines_->is_active(partition_, bell_)) {
            auto filled = co_await fill(orders_max);
            if (!filled.ok()) co_return filled.error();
            if (line_.may_deliver()) co_return std::optional<Delivery>(line_.deliver(orders_max));
        }
        if (deadline.passed(clock_.now())) co_return std::optional<Delivery>();
        const bool rung = co_await clock_.sleep_until(wake_at(deadline), bell_->event());
        more_ = more_ || rung;
    }
}

// Reads until a whole run is at hand, or there is nothing more to read.
Task<Result<Done>> QueueConsumer::fill(std::size_t orders_max) {
    co_await requeue_due();
    if (line_.empty() || bell_->event().take()) more_ = true;
    while (more_ && line_.orders_waiting() < orders_max) {
        auto fetched = co_await fetch_more();
        if (!fetched.ok()) co_return fetched.error();
    }
    co_return Done{};
}

Task<Result<Done>> QueueConsumer::fetch_more() {
    std::function<Result<FetchedList>(Connection&)> work =
        [partition = partition_, after = fetched_](Connection& connection) {
            return fetch(connection, partition, after);
        };
    auto rows = co_await store_.read<FetchedList>(std::move(work));
    if (!rows.ok()) co_return rows.error();
    more_ = rows->size() == kFetchMessagesMax;
    for (auto& row : *rows) {
        fetched_ = row.id;
        line_.push(row.id, decode_work(std::move(row.body)));
    }
    co_return Done{};
}

Task<Result<Done>> QueueConsumer::ack(AckToken through, Deadline) {
    // Even if the row cannot be deleted now: the next ack deletes it, or it comes again and is a
    // duplicate.
    line_.acked(through);
    std::function<Result<Done>(Connection&)> work = [partition = partition_,
                                                     id = through.through](Connection& connection) {
        connection.run(kAck, partition, id);
        return Result<Done>(Done{});
    };
    co_return co_await store_.write<Done>(std::move(work));
}

// A standby consumer leaves the tiers to the active one.
Instant QueueConsumer::wake_at(Deadline deadline) const {
    const auto next_due = lines_->next_due();
    if (!next_due || !lines_->is_active(partition_, bell_)) return deadline.at;
    const auto due_in = std::clamp(*next_due - clock_.wall(), Millis{0}, kDueSleepMax);
    return std::min(deadline.at, std::max(due_checked_ + kDueCheckInterval, clock_.now() + due_in));
}

// Failures are left to the next look: delayed messages are only timers.
Task<void> QueueConsumer::requeue_due() {
    const auto now = clock_.now();
    const auto wall = clock_.wall();
    const auto next_due = lines_->next_due();
    if (!next_due || *next_due > wall || now < due_checked_ + kDueCheckInterval) co_return;
    due_checked_ = now;
    lines_->forget_due();  // before the look: a row that comes meanwhile is remembered again
    using Next = std::optional<WallTime>;
    std::function<Result<Next>(Connection&)> look = read_next_due;
    auto next = co_await store_.read<Next>(std::move(look));
    if (!next.ok()) lines_->remember_due(WallTime{});
    if (!next.ok() || !next->has_value()) co_return;
    lines_->remember_due(**next);
    if (**next > wall) co_return;

    std::function<Result<std::size_t>(Connection&)> work = [wall](Connection& connection) {
        return move_due(connection, wall);
    };
    auto moved = co_await store_.write<std::size_t>(std::move(work));
    if (moved.ok()) lines_->ring_all();  // they may be for anybody
}

}  // namespace

std::unique_ptr<Consumer> make_queue_consumer(
    Store& store, Clock& clock, Partition partition, std::shared_ptr<SqliteOrderQueue::Lines> lines
) {
    return std::make_unique<QueueConsumer>(store, clock, partition, std::move(lines));
}

}  // namespace sluice
