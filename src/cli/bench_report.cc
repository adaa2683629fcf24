#include "cli/bench_report.h"

#include <fmt/format.h>

#include <iterator>

namespace sluice::cli {
namespace {

namespace json = boost::json;

double seconds_between(load::Nanos from, load::Nanos to) {
    return to > from ? static_cast<double>(to - from) / static_cast<double>(load::kSecond) : 0;
}

double per_second(std::uint64_t count, double seconds) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

json::object percentiles(const load::LatencyHistogram& latency) {
    return json::object{
        {"p50", latency.percentile_ms(0.5)},
        {"p90", latency.percentile_ms(0.9)},
        {"p99", latency.percentile_ms(0.99)},
        {"p999", latency.percentile_ms(0.999)},
        {"max", latency.max_ms()}};
}

}  // namespace

double BenchReport::seconds() const { return seconds_between(figures.began, figures.ended); }
double BenchReport::answered_per_s() const { return per_second(figures.requests, seconds()); }
double BenchReport::accepted_per_s() const {
    return per_second(figures.accepted, seconds_between(figures.first_accept, figures.last_accept));
}
double BenchReport::settled_per_s() const {
    return per_second(ledger.settled, seconds_between(figures.first_accept, ledger.seen_at));
}

json::object bench_json(const BenchReport& report) {
    json::object refused;
    for (const auto& [code, count] : report.figures.refused) refused[code] = count;
    return json::object{
        {"loop", report.rate > 0 ? "open" : "closed"},
        {"rate", report.rate},
        {"connections", report.connections},
        {"seconds", report.seconds()},
        {"requests", report.figures.requests},
        {"accepted", report.figures.accepted},
        {"settled", report.ledger.settled},
        {"rejected", report.ledger.rejected},
        {"unknown", report.figures.unknown},
        {"refused", std::move(refused)},
        {"answered_per_s", report.answered_per_s()},
        {"accepted_per_s", report.accepted_per_s()},
        {"settled_per_s", report.settled_per_s()},
        {"accept_ms", percentiles(report.figures.latency)},
        {"refuse_ms", percentiles(report.figures.refusals)}};
}

std::string bench_text(const BenchReport& report) {
    std::string out;
    auto to = std::back_inserter(out);
    const auto& latency = report.figures.latency;
    const std::string loop =
        report.rate > 0 ? fmt::format("open loop, {:.0f}/s", report.rate) : "closed loop";
    fmt::format_to(
        to, "{}, {} connections, {:.2f} s\n", loop, report.connections, report.seconds()
    );
    fmt::format_to(
        to, "requests  {:>10}   {:>10.0f}/s\n", report.figures.requests, report.answered_per_s()
    );
    fmt::format_to(
        to, "accepted  {:>10}   {:>10.0f}/s   durable before the answer\n", report.figures.accepted,
        report.accepted_per_s()
    );
    fmt::format_to(
        to, "settled   {:>10}   {:>10.0f}/s   rows of the ledger\n", report.ledger.settled,
        report.settled_per_s()
    );
    fmt::format_to(
        to, "rejected  {:>10}\nunknown   {:>10}\n", report.ledger.rejected, report.figures.unknown
    );
    for (const auto& [code, count] : report.figures.refused)
        fmt::format_to(to, "refused   {:>10}   {}\n", count, code);
    fmt::format_to(
        to,
        "accept    p50 {:.2f} ms   p90 {:.2f} ms   p99 {:.2f} ms   p99.9 {:.2f} ms   max {:.2f} "
        "ms\n",
        latency.percentile_ms(0.5), latency.percentile_ms(0.9), latency.percentile_ms(0.99),
        latency.percentile_ms(0.999), latency.max_ms()
    );
    return out;
}

}  // namespace sluice::cli
