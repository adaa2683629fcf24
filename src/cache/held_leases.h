#pragma once
// HeldLeases: what this cache is loading now, for the heartbeat, which runs only while there is
// something. Thread-safe.

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "cache/store.h"

namespace sluice::cache {

class HeldLeases {
public:
    // True: the caller has to start the heartbeat.
    bool add(const std::vector<Lease>& leases) {
        const std::lock_guard lock(mutex_);
        for (const Lease& lease : leases) held_.insert_or_assign(lease.owner, lease);
        return !std::exchange(beating_, true);
    }
    void remove(const std::vector<Lease>& leases) {
        const std::lock_guard lock(mutex_);
        for (const Lease& lease : leases) held_.erase(lease.owner);
    }
    // Empty: the heartbeat has ended, and the next add() starts another.
    std::vector<Lease> to_extend() {
        const std::lock_guard lock(mutex_);
        std::vector<Lease> leases;
        for (const auto& [owner, lease] : held_) leases.push_back(lease);
        beating_ = !leases.empty();
        return leases;
    }

private:
    std::mutex mutex_;
    std::map<std::string, Lease> held_;  // guarded by mutex_
    bool beating_ = false;               // guarded by mutex_
};

}  // namespace sluice::cache
