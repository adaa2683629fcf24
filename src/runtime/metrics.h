#pragma once
// What is measured, as Prometheus text (exposition format 0.0.4). Counting is wait-free: atomics
// only, in tables of fixed size. Gauges are asked for when the text is made, by callbacks of those
// who know; a callback that throws loses only its own metric. No ids of users or orders ever become
// labels.

#include <array>
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ports/meter.h"
#include "runtime/histogram.h"

namespace sluice {

class MetricsRegistry final : public Meter {
public:
    struct Sample {
        std::vector<std::pair<std::string, std::string>> labels;
        double value = 0;
    };
    using Collect = std::function<std::vector<Sample>()>;
    using Handle = std::shared_ptr<void>;  // dropped: the callback is gone and not running

    explicit MetricsRegistry(std::string version);
    ~MetricsRegistry() override;

    void count(Count what, std::uint64_t n) override;
    void observe(Timing what, std::uint64_t value) override;
    void admission(SaleId sale, std::string_view result, std::uint64_t n) override;

    // `name` without the _total suffix rules: it is printed as given. The registry must outlive the
    // handle.
    [[nodiscard]] Handle add_gauge(std::string name, std::string help, Collect collect);
    // Whole lines of exposition text that somebody else keeps.
    [[nodiscard]] Handle add_text(std::function<std::string()> text);

    std::uint64_t value(Count what) const;
    std::uint64_t admissions(SaleId sale, std::string_view result) const;
    const AtomicHistogram& timing(Timing what) const;
    std::string text() const;

private:
    struct Source {
        std::string name;
        std::string help;
        Collect collect;
        std::function<std::string()> text;
    };
    struct Slot {  // of an open-addressed table: sale and result in the key, 0 = free
        std::atomic<std::uint64_t> key{0};
        std::atomic<std::uint64_t> value{0};
    };
    static constexpr std::size_t kAdmissionSlots = 16'384;  // beyond: counted for sale 0

    Handle add(Source source);
    Slot* slot_of(std::uint64_t key, bool create) const;
    void render_counts(std::string& out) const;
    void render_admissions(std::string& out) const;
    void render_sources(std::string& out) const;

    const std::string version_;
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Count::kLimit_)> counts_{};
    std::array<AtomicHistogram, static_cast<std::size_t>(Timing::kLimit_)> timings_;
    std::unique_ptr<Slot[]> admissions_;
    mutable std::mutex mutex_;
    std::list<Source> sources_;  // guarded by mutex_
};

}  // namespace sluice
