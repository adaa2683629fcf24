#pragma once
// Which of several worker processes does what only one needs to do, and who settles which
// partition. An economy, never a lock: every duty is guarded by versions, epochs and keys, so two
// leaders at once do harmless double work, and none for a while only delays; a partition has one
// active consumer anyway. All wait-free and thread-safe.

#include <cstdint>

#include "base/ids.h"

namespace sluice {

enum class Duty : std::uint8_t { kGates, kSweep, kReconcile, kRelay };

class Leadership {
public:
    virtual ~Leadership() = default;
    virtual bool leads(Duty duty) const = 0;
    // False: another worker that is alive should settle this partition; this one only stands by.
    virtual bool prefers(Partition partition) const = 0;
};

// Of a process that owns its stores alone.
class SoleLeader final : public Leadership {
public:
    bool leads(Duty) const override { return true; }
    bool prefers(Partition) const override { return true; }
};

}  // namespace sluice
