#pragma once
// What the use cases count. The runtime turns it into Prometheus text; tests read it back.

#include <cstdint>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"

namespace sluice {

enum class Count : std::uint8_t {
    kVersionConflicts, kStaleDropped, kDuplicates, kCompensations, kParked, kBuried, kRepublished, kRebuilds,
    kSyncLost, kUndecodable, kLeaseExpired, kExpired, kReconcileFindings, kReconcileRepairs, kClockSteps,
    kRetryTransient, kRetryUnknown, kRetryTier, kInvalidations, kInvalidationFailures, kPagesWarmed, kLimit_
};
enum class Timing : std::uint8_t { kAccept, kSettle, kBatchOrders, kPublish, kLimit_ };

class Meter {
public:
    virtual ~Meter() = default;
    // All thread-safe and wait-free.
    virtual void count(Count what, std::uint64_t n) = 0;
    // kBatchOrders takes a plain number; the others nanoseconds.
    virtual void observe(Timing what, std::uint64_t value) = 0;
    // Answers of admission by wire code: "accepted", "sold_out", …
    virtual void admission(SaleId sale, std::string_view result, std::uint64_t n) = 0;
};

}  // namespace sluice
