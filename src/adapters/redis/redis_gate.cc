#include "adapters/redis/redis_gate.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "adapters/redis/gate_keys.h"
#include "adapters/redis/info.h"
#include "ports/gate_arguments.h"

namespace sluice {
namespace {

// What the scripts take in one call.
constexpr std::size_t kParkOrdersMax = 2'000;
constexpr std::size_t kLettersMax = 4'000;
constexpr std::size_t kClaimsMax = 4'000;

// The server answered, but not as our script would: it may have done anything.
Error not_understood(Script script) {
    const auto code =
        kind_of(script) == CallKind::kWrite ? Code::kOutcomeUnknown : Code::kUnavailable;
    return Error{code, "redis: a script gave an answer that is not its own"};
}

template <class T>
Result<T> understood(Script script, std::optional<T> parsed) {
    if (!parsed) return not_understood(script);
    return std::move(*parsed);
}

Arguments reserve_arguments(
    const std::vector<ReserveRequest>& requests, std::vector<std::string>& terms
) {
    Arguments arguments;
    terms.reserve(requests.size());
    for (const auto& request : requests) arguments.add_order(request.order);
    for (const auto& request : requests) arguments.add(request.buyer.value());
    for (const auto& request : requests) arguments.add_number(request.quantity);
    for (const auto& request : requests) {
        terms.push_back(text_of(request.terms));
        arguments.add(terms.back());
    }
    return arguments;
}

struct SyncStep {
    std::span<const FinishedOrder> finished;
    std::span<const BuyerTotal> bought;
};

// Version, stock and totals enter before holds are released: seen between two steps, the gate has
// too little room, never too much.
std::vector<SyncStep> steps_of(const LedgerTruth& truth) {
    constexpr auto kMax = RedisGate::kSyncOrdersMax;
    std::vector<SyncStep> steps;
    std::span<const BuyerTotal> bought(truth.bought);
    std::span<const FinishedOrder> finished(truth.finished);
    while (bought.size() > kMax) {
        steps.push_back({{}, bought.first(kMax)});
        bought = bought.subspan(kMax);
    }
    do {
        const auto some = finished.first(std::min(finished.size(), kMax));
        steps.push_back({some, std::exchange(bought, {})});
        finished = finished.subspan(some.size());
    } while (!finished.empty());
    return steps;
}

Arguments sync_arguments(const LedgerTruth& truth, const SyncStep& step) {
    Arguments arguments;
    arguments.add_number(truth.epoch.value());
    arguments.add_number(truth.version.value());
    arguments.add_number(truth.available);
    arguments.add_number(step.finished.size());
    for (const auto& finished : step.finished) arguments.add_order(finished.order);
    for (const auto& finished : step.finished) {
        arguments.add_own(std::string(1, letter_code(finished.letter)));
    }
    for (const auto& total : step.bought) arguments.add(total.buyer.value());
    for (const auto& total : step.bought) arguments.add_number(total.bought);
    return arguments;
}

std::optional<SyncVerdict> parse_sync(const Reply& reply) {
    if (reply.is_text("ok")) return SyncVerdict::kApplied;
    if (reply.is_text("not_loaded")) return SyncVerdict::kNotLoaded;
    if (reply.is_text("other_epoch")) return SyncVerdict::kOtherEpoch;
    return std::nullopt;
}

std::optional<Done> parse_done(const Reply& reply) {
    if (reply.is_text("ok")) return Done{};
    return std::nullopt;
}

}  // namespace

Task<Result<Reply>> RedisGate::run(
    Script script, SaleId sale, const Arguments& arguments, Deadline deadline
) {
    // Formatted here and now: the arguments need not outlive this call.
    return scripts_.run(script, ScriptRunner::format(gate_keys(sale), arguments.words()), deadline);
}

Task<Result<ReserveReply>> RedisGate::reserve(
    SaleId sale, std::vector<ReserveRequest> requests, Deadline deadline
) {
    auto checked = check_reserve(sale, requests);
    if (!checked.ok()) co_return checked.error();
    if (requests.size() > kReserveOrdersMax) {
        co_return fail(Code::kInvalidField, "requests: at most 4000 a call");
    }
    std::vector<std::string> terms;
    const auto arguments = reserve_arguments(requests, terms);
    auto reply = co_await run(Script::kReserve, sale, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    co_return understood(Script::kReserve, parse_reserve(*reply, requests));
}

Task<Result<SyncVerdict>> RedisGate::sync(LedgerTruth truth, Deadline deadline) {
    auto checked = check_truth(truth);
    if (!checked.ok()) co_return checked.error();
    for (const SyncStep& step : steps_of(truth)) {
        const auto arguments = sync_arguments(truth, step);
        auto reply = co_await run(Script::kSync, truth.sale, arguments, deadline);
        if (!reply.ok()) co_return reply.error();
        auto verdict = understood(Script::kSync, parse_sync(*reply));
        if (!verdict.ok() || *verdict != SyncVerdict::kApplied) co_return verdict;
    }
    co_return SyncVerdict::kApplied;
}

Task<Result<OrderBatch>> RedisGate::claim_stale(
    SaleId sale, std::size_t orders_max, Deadline deadline
) {
    Arguments arguments;
    arguments.add_number(std::uint64_t{std::min(orders_max, kClaimsMax)});
    auto reply = co_await run(Script::kClaimStale, sale, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    co_return understood(Script::kClaimStale, parse_claims(sale, *reply));
}

Task<Result<Done>> RedisGate::park(
    SaleId sale, Epoch epoch, std::vector<ParkedOrder> orders, Deadline deadline
) {
    auto checked = check_park(sale, orders);
    if (!checked.ok()) co_return checked.error();
    for (std::size_t from = 0; from < orders.size(); from += kParkOrdersMax) {
        const auto some =
            std::span(orders).subspan(from, std::min(kParkOrdersMax, orders.size() - from));
        Arguments arguments;
        arguments.add_number(epoch.value());
        for (const auto& parked : some) arguments.add_order(parked.order);
        for (const auto& parked : some) arguments.add_number(std::int64_t{parked.delay.count()});
        auto reply = co_await run(Script::kPark, sale, arguments, deadline);
        if (!reply.ok()) co_return reply.error();
        auto parked = understood(Script::kPark, parse_done(*reply));
        if (!parked.ok()) co_return parked;
    }
    co_return Done{};
}

Task<Result<ServerId>> RedisGate::server_of(SaleId, Deadline deadline) {
    auto command = format_command({"INFO", "replication"});
    auto reply = co_await connection_.call(std::move(command), CallKind::kRead, deadline);
    if (!reply.ok()) co_return reply.error();
    if (reply->kind == Reply::Kind::kError) co_return error_of(reply->text, CallKind::kRead);
    // A replica shows its master's id, but holds no gate.
    if (info_field(reply->text, "role") != "master") {
        co_return fail(Code::kUnavailable, "redis: this server is a replica");
    }
    ServerId server{std::string(info_field(reply->text, "master_replid"))};
    if (server.bytes.empty())
        co_return fail(Code::kUnavailable, "redis: INFO names no master_replid");
    co_return server;
}

Task<Result<Done>> RedisGate::set_state(
    SaleId sale, Epoch epoch, Revision revision, SaleState state, Deadline deadline
) {
    Arguments arguments;
    arguments.add_number(epoch.value());
    arguments.add_number(revision.value());
    arguments.add(to_string(state));
    auto reply = co_await run(Script::kSetState, sale, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    co_return understood(Script::kSetState, parse_done(*reply));
}

Task<Result<GateFigures>> RedisGate::figures(SaleId sale, Deadline deadline) {
    const Arguments none;
    auto reply = co_await run(Script::kFigures, sale, none, deadline);
    if (!reply.ok()) co_return reply.error();
    co_return understood(Script::kFigures, parse_figures(*reply));
}

Task<Result<GateSnapshot>> RedisGate::snapshot(SaleId sale, Deadline deadline) {
    const Arguments none;
    auto reply = co_await run(Script::kSnapshot, sale, none, deadline);
    if (!reply.ok()) co_return reply.error();
    co_return understood(Script::kSnapshot, parse_snapshot(*reply));
}

Task<Result<std::optional<HeldOrder>>> RedisGate::find_held(OrderId order, Deadline deadline) {
    Arguments arguments;
    arguments.add_order(order);
    auto reply = co_await run(Script::kFindHeld, order.sale(), arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    co_return understood(Script::kFindHeld, parse_found(order, *reply));
}

Task<Result<std::vector<KnownOrder>>> RedisGate::letters(
    SaleId sale, std::vector<OrderId> orders, Deadline deadline
) {
    std::vector<KnownOrder> known;
    for (std::size_t from = 0; from < orders.size(); from += kLettersMax) {
        const auto some =
            std::span(orders).subspan(from, std::min(kLettersMax, orders.size() - from));
        Arguments arguments;
        for (const OrderId& order : some) arguments.add_order(order);
        auto reply = co_await run(Script::kLetters, sale, arguments, deadline);
        if (!reply.ok()) co_return reply.error();
        for (std::size_t i = 0; i < some.size() && i < reply->items.size(); ++i) {
            if (reply->items[i].kind == Reply::Kind::kNil) continue;
            const auto entry = parse_entry(some[i], reply->items[i].text);
            if (!entry) co_return not_understood(Script::kLetters);
            known.push_back(*entry);
        }
    }
    co_return known;
}

Task<Result<Done>> RedisGate::retire(SaleId sale, Epoch epoch, Deadline deadline) {
    Arguments arguments;
    arguments.add_number(epoch.value());
    auto reply = co_await run(Script::kRetire, sale, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    co_return understood(Script::kRetire, parse_done(*reply));
}

}  // namespace sluice
