#include "runtime/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "base/error.h"

namespace sluice {
namespace {

struct CountInfo {
    std::string_view name;
    std::string_view labels;
    std::string_view help;
};

// Counters that share a name must be neighbours: the header is printed once.
CountInfo info_of(Count what) {
    switch (what) {
        case Count::kVersionConflicts:
            return {
                "sluice_version_conflicts_total", "", "Ledger changes that another one overtook"};
        case Count::kStaleDropped:
            return {
                "sluice_stale_dropped_total", "",
                "Messages of a sealed epoch, never promised, dropped"};
        case Count::kDuplicates:
            return {"sluice_duplicates_total", "", "Messages of orders settled before"};
        case Count::kCompensations:
            return {"sluice_compensations_total", "", "Accepted orders the ledger rejected"};
        case Count::kParked:
            return {"sluice_orders_parked_total", "", "Orders put aside to be retried"};
        case Count::kBuried:
            return {"sluice_orders_buried_total", "", "Orders that wait for a person"};
        case Count::kRepublished:
            return {"sluice_orders_republished_total", "", "Held orders published again"};
        case Count::kRebuilds:
            return {"sluice_gate_rebuilds_total", "", "Gates loaded again from the ledger"};
        case Count::kSyncLost:
            return {"sluice_syncs_lost_total", "", "Ledger truths the gate did not take"};
        case Count::kUndecodable:
            return {"sluice_undecodable_total", "", "Messages set aside whole"};
        case Count::kLeaseExpired:
            return {"sluice_lease_expired_total", "", "Answers withheld for want of a lease"};
        case Count::kExpired:
            return {"sluice_orders_expired_total", "", "Orders whose payment window passed"};
        case Count::kReconcileFindings:
            return {"sluice_reconcile_findings_total", "", "Differences found"};
        case Count::kReconcileRepairs:
            return {"sluice_reconcile_repairs_total", "", "Differences repaired"};
        case Count::kClockSteps:
            return {"sluice_clock_steps_total", "", "Steps of the wall clock beyond 5 s"};
        case Count::kRetryTransient:
            return {"sluice_retries_total", "reason=\"transient\"", "Repeated attempts by reason"};
        case Count::kRetryUnknown:
            return {"sluice_retries_total", "reason=\"unknown\"", "Repeated attempts by reason"};
        case Count::kRetryTier:
            return {"sluice_retries_total", "reason=\"tier\"", "Repeated attempts by reason"};
        case Count::kInvalidations:
            return {"sluice_invalidations_total", "", "Outbox rows whose pages caches forgot"};
        case Count::kInvalidationFailures:
            return {"sluice_invalidation_failures_total", "", "Pages a cache did not forget"};
        case Count::kPagesWarmed:
            return {"sluice_pages_warmed_total", "", "Pages read ahead of a sale's opening"};
        case Count::kLimit_:
            break;
    }
    return {};
}

struct TimingInfo {
    std::string_view name;
    std::string_view help;
    bool seconds;
};
TimingInfo info_of(Timing what) {
    switch (what) {
        case Timing::kAccept:
            return {"sluice_order_accept_seconds", "From the request to its answer", true};
        case Timing::kSettle:
            return {"sluice_order_settle_seconds", "From acceptance to the ledger's commit", true};
        case Timing::kBatchOrders:
            return {"sluice_settlement_batch_orders", "Orders of one settlement", false};
        case Timing::kPublish:
            return {"sluice_queue_publish_seconds", "From publish to its confirm", true};
        case Timing::kLimit_:
            break;
    }
    return {};
}

constexpr std::array kSecondBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                      0.1,    0.25,  0.5,    1.0,   2.5,  5.0,   10.0};
constexpr std::array kOrderBounds = {1.0, 4.0, 16.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0};

// The answers of admission as small numbers: 1 accepted, 2 other, from 3 the codes of the
// catalogue.
constexpr std::uint64_t kAcceptedNumber = 1;
constexpr std::uint64_t kOtherNumber = 2;
constexpr std::uint64_t kFirstCodeNumber = 3;

std::uint64_t number_of(std::string_view result) {
    if (result == "accepted") return kAcceptedNumber;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(Code::kInternal); ++i) {
        if (info(static_cast<Code>(i)).wire == result) return kFirstCodeNumber + i;
    }
    return kOtherNumber;
}

std::string_view result_of(std::uint64_t number) {
    if (number == kAcceptedNumber) return "accepted";
    if (number == kOtherNumber) return "other";
    return info(static_cast<Code>(number - kFirstCodeNumber)).wire;
}

constexpr std::uint64_t key_of(std::uint32_t sale, std::uint64_t result) {
    return (static_cast<std::uint64_t>(sale) << 8U) | result;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

void header(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
    fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

template <class Bounds>
void render_histogram(
    std::string& out, const TimingInfo& metric, const AtomicHistogram& values, const Bounds& bounds
) {
    const double scale = metric.seconds ? 1e9 : 1.0;
    header(out, metric.name, metric.help, "histogram");
    auto to = std::back_inserter(out);
    const std::uint64_t count = values.count();
    for (const double bound : bounds) {
        const auto limit = static_cast<std::uint64_t>(std::llround(bound * scale));
        const std::uint64_t below = std::min(count, values.count_up_to(limit));
        fmt::format_to(to, "{}_bucket{{le=\"{}\"}} {}\n", metric.name, bound, below);
    }
    fmt::format_to(to, "{}_bucket{{le=\"+Inf\"}} {}\n", metric.name, count);
    fmt::format_to(to, "{}_sum {}\n", metric.name, static_cast<double>(values.sum()) / scale);
    fmt::format_to(to, "{}_count {}\n", metric.name, count);
}

std::string label_text(const std::vector<std::pair<std::string, std::string>>& labels) {
    std::string out;
    for (const auto& [name, value] : labels) {
        fmt::format_to(
            std::back_inserter(out), "{}{}=\"{}\"", out.empty() ? "{" : ",", name, escaped(value)
        );
    }
    if (!out.empty()) out += '}';
    return out;
}

}  // namespace

MetricsRegistry::MetricsRegistry(std::string version)
    : version_(std::move(version)), admissions_(std::make_unique<Slot[]>(kAdmissionSlots)) {}

MetricsRegistry::~MetricsRegistry() = default;

void MetricsRegistry::count(Count what, std::uint64_t n) {
    counts_[static_cast<std::size_t>(what)].fetch_add(n, std::memory_order_relaxed);
}

void MetricsRegistry::observe(Timing what, std::uint64_t value) {
    timings_[static_cast<std::size_t>(what)].record(value);
}

void MetricsRegistry::admission(SaleId sale, std::string_view result, std::uint64_t n) {
    const std::uint64_t number = number_of(result);
    Slot* slot = slot_of(key_of(sale.value(), number), true);
    if (slot == nullptr) slot = slot_of(key_of(0, number), true);
    if (slot != nullptr) slot->value.fetch_add(n, std::memory_order_relaxed);
}

MetricsRegistry::Slot* MetricsRegistry::slot_of(std::uint64_t key, bool create) const {
    constexpr std::size_t kProbesMax =
        64;  // a full neighbourhood counts as a full table: bounded work
    const std::size_t start = static_cast<std::size_t>((key * 0x9e3779b97f4a7c15ULL) >> 40U);
    for (std::size_t i = 0; i < kProbesMax; ++i) {
        Slot& slot = admissions_[(start + i) % kAdmissionSlots];
        std::uint64_t seen = slot.key.load(std::memory_order_acquire);
        if (seen == 0 && create && slot.key.compare_exchange_strong(seen, key)) return &slot;
        if (seen == key) return &slot;
        if (seen == 0) return nullptr;
    }
    return nullptr;
}

MetricsRegistry::Handle MetricsRegistry::add(Source source) {
    const std::lock_guard lock(mutex_);
    sources_.push_back(std::move(source));
    const auto at = std::prev(sources_.end());
    return Handle(static_cast<void*>(&*at), [this, at](void*) {
        const std::lock_guard guard(mutex_);  // waits for a text() that is calling it
        sources_.erase(at);
    });
}

MetricsRegistry::Handle MetricsRegistry::add_gauge(
    std::string name, std::string help, Collect collect
) {
    return add(Source{std::move(name), std::move(help), std::move(collect), nullptr});
}

MetricsRegistry::Handle MetricsRegistry::add_text(std::function<std::string()> text) {
    return add(Source{{}, {}, nullptr, std::move(text)});
}

std::uint64_t MetricsRegistry::value(Count what) const {
    return counts_[static_cast<std::size_t>(what)].load(std::memory_order_relaxed);
}

std::uint64_t MetricsRegistry::admissions(SaleId sale, std::string_view result) const {
    const Slot* slot = slot_of(key_of(sale.value(), number_of(result)), false);
    return slot == nullptr ? 0 : slot->value.load(std::memory_order_relaxed);
}

const AtomicHistogram& MetricsRegistry::timing(Timing what) const {
    return timings_[static_cast<std::size_t>(what)];
}

void MetricsRegistry::render_counts(std::string& out) const {
    std::string_view last;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        const CountInfo metric = info_of(static_cast<Count>(i));
        if (metric.name != last) header(out, metric.name, metric.help, "counter");
        last = metric.name;
        const std::string labels =
            metric.labels.empty() ? "" : fmt::format("{{{}}}", metric.labels);
        fmt::format_to(
            std::back_inserter(out), "{}{} {}\n", metric.name, labels, value(static_cast<Count>(i))
        );
    }
}

void MetricsRegistry::render_admissions(std::string& out) const {
    std::map<std::uint64_t, std::uint64_t> sorted;
    for (std::size_t i = 0; i < kAdmissionSlots; ++i) {
        const std::uint64_t key = admissions_[i].key.load(std::memory_order_acquire);
        if (key != 0) sorted[key] = admissions_[i].value.load(std::memory_order_relaxed);
    }
    header(out, "sluice_admission_total", "Answers of admission by sale and result", "counter");
    for (const auto& [key, n] : sorted) {
        fmt::format_to(
            std::back_inserter(out), "sluice_admission_total{{sale=\"{}\",result=\"{}\"}} {}\n",
            key >> 8U, result_of(key & 0xffU), n
        );
    }
}

void MetricsRegistry::render_sources(std::string& out) const {
    const std::lock_guard lock(mutex_);
    for (const Source& source : sources_) {
        std::string part;
        try {
            if (source.text) {
                part = source.text();
            } else {
                header(part, source.name, source.help, "gauge");
                for (const Sample& sample : source.collect()) {
                    const std::string labels = label_text(sample.labels);
                    fmt::format_to(
                        std::back_inserter(part), "{}{} {}\n", source.name, labels, sample.value
                    );
                }
            }
        } catch (const std::exception&) {
            continue;  // one broken source must not hide all other metrics
        }
        out += part;
    }
}

std::string MetricsRegistry::text() const {
    std::string out;
    header(out, "sluice_build_info", "The version that runs", "gauge");
    fmt::format_to(
        std::back_inserter(out), "sluice_build_info{{version=\"{}\"}} 1\n", escaped(version_)
    );
    render_admissions(out);
    render_counts(out);
    for (std::size_t i = 0; i < timings_.size(); ++i) {
        const TimingInfo metric = info_of(static_cast<Timing>(i));
        if (metric.seconds) {
            render_histogram(out, metric, timings_[i], kSecondBounds);
        } else {
            render_histogram(out, metric, timings_[i], kOrderBounds);
        }
    }
    render_sources(out);
    return out;
}

}  // namespace sluice
