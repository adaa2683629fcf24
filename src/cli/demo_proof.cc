#include "cli/demo_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cstdlib>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "audit/journal.h"
#include "runtime/offline.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

std::optional<audit::SaleFacts> facts_of(audit::Evidence& evidence, std::uint32_t sale) {
    std::vector<audit::SaleFacts> all;
    if (!evidence.sales(all)) return std::nullopt;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& facts) { return facts.sale == sale; });
    return found == all.end() ? std::nullopt : std::optional<audit::SaleFacts>(*found);
}

Result<Done> read_ledger(
    const ProofSources& sources, DemoProof& proof, std::unordered_map<std::string, int>& rows
) {
    const auto evidence = open_evidence(sources.config);
    const auto facts = facts_of(*evidence, sources.sale);
    if (!facts)
        return fail(Code::kUnavailable, "the ledger could not be read: " + evidence->last_error());
    proof.units = facts->total;
    proof.paid = facts->paid;
    proof.cancelled = facts->cancelled;
    proof.rejected = facts->rejected;
    proof.settled = facts->awaiting_payment + facts->paid + facts->cancelled;
    proof.oversold =
        std::max<std::int64_t>({0, facts->active_units - facts->total, -facts->available});
    const bool read = evidence->orders([&](const audit::OrderFacts& order) {
        ++rows[order.order];
    }) && evidence->deferred_orders([&](const audit::QueuedFacts& order) {
        rows.try_emplace(order.order, 1);
    }) && evidence->queued_orders([&](const audit::QueuedFacts& order) {
        rows.try_emplace(order.order, 1);
    });
    if (!read)
        return fail(Code::kUnavailable, "the orders could not be read: " + evidence->last_error());
    return Done{};
}

Result<Done> judge_journal(
    const ProofSources& sources, DemoProof& proof, const std::unordered_map<std::string, int>& rows
) {
    std::string error;
    const auto lines = audit::read_journal(sources.journal, error);
    if (!lines) return fail(Code::kUnavailable, "the journal could not be read: " + error);
    std::unordered_set<std::string> accepted;
    std::unordered_set<std::string> placed;
    std::unordered_map<std::string, std::string> order_of_key;
    for (const audit::JournalLine& line : *lines) {
        if (line.status < 200 || line.status >= 300) continue;
        placed.insert(line.order);
        if (line.status != 200) accepted.insert(line.order);
        const auto [known, fresh] =
            order_of_key.try_emplace(line.buyer + "\n" + line.key, line.order);
        if (!fresh && known->second != line.order) ++proof.duplicates;
    }
    proof.accepted = accepted.size();
    proof.repeated = placed.size() - accepted.size();
    proof.lost = static_cast<std::uint64_t>(std::count_if(
        accepted.begin(), accepted.end(),
        [&](const std::string& order) { return !rows.contains(order); }
    ));
    for (const auto& [order, count] : rows) proof.duplicates += count > 1 ? 1 : 0;
    return Done{};
}

Result<std::int64_t> drift_of(const AdminClient& admin) {
    auto answer = admin.call("POST", "/v1/reconcile", json::object{{"fix", false}});
    if (!answer) return answer.error();
    const json::value* findings =
        answer->is_object() ? answer->get_object().if_contains("findings") : nullptr;
    if (findings == nullptr || !findings->is_array())
        return fail(Code::kInternal, "reconcile answered without findings");
    std::int64_t drift = 0;
    for (const json::value& finding : findings->get_array()) {
        const json::value* units =
            finding.is_object() ? finding.get_object().if_contains("drift_units") : nullptr;
        if (units != nullptr && units->is_int64()) drift += std::abs(units->get_int64());
    }
    return drift;
}

json::object percentiles(const load::LatencyHistogram& latency) {
    return json::object{
        {"p50", latency.percentile_ms(0.5)},
        {"p99", latency.percentile_ms(0.99)},
        {"p999", latency.percentile_ms(0.999)}};
}

std::string percentile_line(const char* name, const load::LatencyHistogram& latency) {
    return fmt::format(
        "  {:<22} p50 {:.1f} ms   p99 {:.1f} ms   p99.9 {:.1f} ms\n", name,
        latency.percentile_ms(0.5), latency.percentile_ms(0.99), latency.percentile_ms(0.999)
    );
}

}  // namespace

bool DemoProof::holds() const {
    return oversold == 0 && lost == 0 && duplicates == 0 && drift == 0 &&
           exit_of(laws) == Exit::kOk &&
           std::all_of(laws.begin(), laws.end(), [](const LawVerdict& law) {
               return law.verdict == "ok";
           });
}

std::optional<std::uint64_t> awaiting_payment(const Config& config, std::uint32_t sale) {
    const auto facts = facts_of(*open_evidence(config), sale);
    return facts ? std::optional(facts->awaiting_payment) : std::nullopt;
}

bool is_drained(const Config& config, std::uint32_t sale) {
    const auto facts = facts_of(*open_evidence(config), sale);
    return facts && facts->awaiting_payment == 0 && facts->deferred_orders == 0 &&
           orders_underway(config, sale) == std::optional<std::uint64_t>{0};
}

Result<DemoProof> make_proof(const ProofSources& sources) {
    DemoProof proof;
    proof.unknown = sources.crowd.unknown;
    proof.refused = sources.crowd.refused;
    std::unordered_map<std::string, int> rows;
    auto ledger = read_ledger(sources, proof, rows);
    if (!ledger) return ledger.error();
    auto journal = judge_journal(sources, proof, rows);
    if (!journal) return journal.error();
    auto drift = drift_of(sources.admin);
    if (!drift) return drift.error();
    proof.drift = *drift;
    auto audited =
        sources.admin.call("POST", "/v1/audit", json::object{{"journal", sources.journal}});
    if (!audited) return audited.error();
    auto laws = laws_of(*audited);
    if (!laws) return fail(Code::kInternal, "the audit answered without verdicts");
    proof.laws = *std::move(laws);
    std::uint64_t refused = 0;
    for (const auto& [code, count] : proof.refused) refused += count;
    const auto decided = static_cast<double>(refused + proof.settled + proof.rejected);
    proof.refused_at_gate_share = decided > 0 ? static_cast<double>(refused) / decided : 0;
    const load::Nanos span = sources.crowd.last_settle - sources.crowd.first_accept;
    const double seconds = static_cast<double>(span) / static_cast<double>(load::kSecond);
    proof.orders_per_s = seconds > 0 ? static_cast<double>(proof.settled) / seconds : 0;
    return proof;
}

json::object proof_json(const DemoProof& proof, const load::CrowdFigures& crowd) {
    json::object refused;
    for (const auto& [code, count] : proof.refused) refused[code] = count;
    json::object laws;
    for (const LawVerdict& law : proof.laws) {
        laws[law.law] = json::object{
            {"verdict", law.verdict},
            {"examined", law.examined},
            {"detail", law.detail},
            {"orders", json::array(law.orders.begin(), law.orders.end())}};
    }
    return json::object{
        {"units", proof.units},
        {"buyers", proof.buyers},
        {"accepted", proof.accepted},
        {"settled", proof.settled},
        {"paid", proof.paid},
        {"cancelled", proof.cancelled},
        {"rejected", proof.rejected},
        {"unknown", proof.unknown},
        {"refused", std::move(refused)},
        {"refused_at_gate_share", proof.refused_at_gate_share},
        {"oversold", proof.oversold},
        {"lost", proof.lost},
        {"duplicates", proof.duplicates},
        {"drift", proof.drift},
        {"laws", std::move(laws)},
        {"accept_ms", percentiles(crowd.accept)},
        {"settle_ms", percentiles(crowd.settle)},
        {"orders_per_s", proof.orders_per_s}};
}

std::string proof_text(const DemoProof& proof, const load::CrowdFigures& crowd) {
    std::string out = "\nProof, from the ledger\n";
    auto to = std::back_inserter(out);
    fmt::format_to(
        to, "  {:<22} {}\n  {:<22} {}\n", "units for sale", proof.units, "buyers", proof.buyers
    );
    fmt::format_to(
        to,
        "  {:<22} {} accepted + {} found by repeating, {} settled: {} paid, {} cancelled; {} "
        "rejected, {} unknown\n",
        "orders", proof.accepted, proof.repeated, proof.settled, proof.paid, proof.cancelled,
        proof.rejected, proof.unknown
    );
    out += "  refused               ";
    for (const auto& [code, count] : proof.refused) fmt::format_to(to, " {} {}", count, code);
    fmt::format_to(
        to, " ({:.1f} % of all stopped at the gate)\n", 100 * proof.refused_at_gate_share
    );
    fmt::format_to(
        to, "  {:<22} {}\n  {:<22} {}\n  {:<22} {}\n  {:<22} {}\n  {:<22} {}\n", "sold", proof.paid,
        "oversold", proof.oversold, "duplicates", proof.duplicates, "lost", proof.lost, "drift",
        proof.drift
    );
    out += percentile_line("accept", crowd.accept) + percentile_line("settle", crowd.settle);
    return out + "\nThe twelve laws, judged from the stores and the buyers' journal\n" +
           verdict_table(proof.laws);
}

}  // namespace sluice::cli
