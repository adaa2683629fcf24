#pragma once
// SqliteOrderQueue: the order queue of embedded mode as one table (docs/protocol.md §12). A confirm
// is a COMMIT; messages are delivered in order of id, kept until acked, and delivered again in
// order when their consumer goes away. Retry tiers are rows with a time, moved to the tail by
// whichever consumer looks first.
//
// Thread-safe; calls resume on the caller's executor. A Consumer belongs to one coroutine at a
// time. Only one process may use the file: consumers find out about each other, and about new
// messages, in memory. Destructors do no I/O; a consumer may be destroyed after its queue.

#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/store.h"
#include "ports/clock.h"
#include "ports/order_queue.h"

namespace sluice {

class SqliteOrderQueue final : public OrderQueue {
public:
    SqliteOrderQueue(Store& store, std::uint16_t partitions, Clock& clock, RetryTiers tiers = {});
    ~SqliteOrderQueue() override;

    // kNotPublished also when the deadline has passed before the work began or the partition does
    // not exist.
    Task<Result<Done>> publish(Partition partition, Message message, Deadline) override;
    Task<Result<Done>> publish_after(RetryTier tier, Partition partition, Message message, Deadline)
        override;
    Task<Result<Done>> notify_dead(std::string subject, std::string body, Deadline) override;
    // Errors: kInvalidField (no such partition).
    Task<Result<std::unique_ptr<Consumer>>> consume(Partition partition, Deadline) override;
    Task<Result<std::vector<QueueDepth>>> depths(Deadline) override;
    std::uint16_t partitions() const override { return partitions_; }

    // A body that this program did not encode: what a damaged or foreign message looks like.
    Task<Result<Done>> publish_raw(Partition partition, std::string body, Deadline);

    class Lines;  // who consumes what, in memory

private:
    bool known(Partition partition) const { return partition.value() < partitions_; }

    Store& store_;
    const std::uint16_t partitions_;
    Clock& clock_;
    const RetryTiers tiers_;
    std::shared_ptr<Lines> lines_;  // shared with consumers, which may outlive the queue
};

inline constexpr Millis kDueCheckInterval{100};       // between two looks at the tiers
inline constexpr Millis kDueSleepMax{60'000};         // bounds the harm of a wall clock that steps
inline constexpr std::size_t kDueMovedMax = 256;      // per look; the rest follows at the next one
inline constexpr std::size_t kFetchMessagesMax = 64;  // per read; bounds a consumer's memory

}  // namespace sluice
