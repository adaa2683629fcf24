#pragma once
// TestMeter: counts that tests can read back. Thread-safe.

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "ports/meter.h"

namespace sluice {

class TestMeter final : public Meter {
public:
    void count(Count what, std::uint64_t n) override {
        const std::lock_guard lock(mutex_);
        counts_[static_cast<std::size_t>(what)] += n;
    }
    void observe(Timing what, std::uint64_t value) override {
        const std::lock_guard lock(mutex_);
        auto& [observations, sum] = timings_[static_cast<std::size_t>(what)];
        ++observations;
        sum += value;
    }
    void admission(SaleId sale, std::string_view result, std::uint64_t n) override {
        const std::lock_guard lock(mutex_);
        admissions_[{sale, std::string(result)}] += n;
    }

    std::uint64_t counted(Count what) const {
        const std::lock_guard lock(mutex_);
        return counts_[static_cast<std::size_t>(what)];
    }
    std::uint64_t observations(Timing what) const {
        const std::lock_guard lock(mutex_);
        return timings_[static_cast<std::size_t>(what)].first;
    }
    std::uint64_t admitted(SaleId sale, const std::string& result) const {
        const std::lock_guard lock(mutex_);
        const auto found = admissions_.find({sale, result});
        return found == admissions_.end() ? 0 : found->second;
    }

private:
    mutable std::mutex mutex_;
    std::array<std::uint64_t, static_cast<std::size_t>(Count::kLimit_)>
        counts_{};  // guarded by mutex_
    std::array<std::pair<std::uint64_t, std::uint64_t>, static_cast<std::size_t>(Timing::kLimit_)>
        timings_{};                                                       // guarded by mutex_
    std::map<std::pair<SaleId, std::string>, std::uint64_t> admissions_;  // guarded by mutex_
};

}  // namespace sluice
