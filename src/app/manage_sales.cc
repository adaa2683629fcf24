#include "app/manage_sales.h"

#include <array>
#include <utility>

#include "app/change_ledger.h"
#include "app/forget_pages.h"
#include "app/sync_gate.h"
#include "domain/changes.h"
#include "domain/page_keys.h"

namespace sluice {
namespace {

constexpr Units kLimitMax = kOrderUnitsMax;
constexpr int kTellTriesMax = 3;
constexpr Millis kTellPause{100};
constexpr Millis kPaymentWindowMin{1'000};
constexpr Millis kPaymentWindowMax{7LL * 24 * 3600 * 1000};

std::optional<Error> check(const NewSale& sale) {
    if (sale.units < 1 || sale.units > kStockUnitsMax) {
        return fail(Code::kInvalidField, "units must be 1 to " + std::to_string(kStockUnitsMax));
    }
    if (sale.limit_per_buyer < 1 || sale.limit_per_buyer > kLimitMax) {
        return fail(Code::kInvalidField, "limit_per_buyer must be 1 to " + std::to_string(kLimitMax));
    }
    if (sale.closes_at <= sale.opens_at) return fail(Code::kInvalidField, "closes_at must be after opens_at");
    if (sale.terms.price.value() < 0 || sale.terms.price.value() > kPriceMax) {
        return fail(Code::kInvalidField, "price_minor must be 0 to " + std::to_string(kPriceMax));
    }
    const Millis window = sale.terms.payment_window;
    if (window < kPaymentWindowMin || window > kPaymentWindowMax) {
        return fail(Code::kInvalidField, "payment_window must be 1 s to 7 days");
    }
    if (sale.id && sale.id->value() == 0) return fail(Code::kInvalidField, "the sale's number must be positive");
    return std::nullopt;
}

std::string_view action_of(SaleState to) {
    switch (to) {
        case SaleState::kDraft: return "draft";
        case SaleState::kOpen: return "open";
        case SaleState::kPaused: return "pause";
        case SaleState::kClosed: return "close";
    }
    return "";
}

std::string subject_of(SaleId sale) { return "sale " + std::to_string(sale.value()); }

}  // namespace

Task<Result<Sale>> ManageSales::create(NewSale sale, Actor actor, Deadline deadline) {
    if (auto error = check(sale)) co_return std::move(*error);
    sale.secret_number = ids_.newest();
    sale.partitions = ports_.queue.partitions();
    AuditNote note{std::move(actor.name), "create", "sale", std::move(actor.reason)};
    auto id = co_await ports_.sales.create_sale(std::move(sale), std::move(note), deadline);
    if (!id.ok()) co_return id.error();
    std::vector<std::string> pages{sale_page_key(*id)};
    co_await forget_pages(ports_, std::move(pages));
    co_return co_await find(*id, deadline);
}

Task<Result<Sale>> ManageSales::find(SaleId sale, Deadline deadline) {
    auto row = co_await ports_.sales.find_sale(sale, deadline);
    if (!row.ok()) co_return row.error();
    if (!row->has_value()) co_return fail(Code::kNotFound, "no such sale");
    co_return std::move(**row);
}

Task<Result<Sale>> ManageSales::set_state(SaleId sale, SaleState to, Actor actor, Deadline deadline) {
    AuditNote note{std::move(actor.name), std::string(action_of(to)), subject_of(sale), std::move(actor.reason)};
    auto row = co_await ports_.sales.set_sale_state(sale, to, std::move(note), deadline);
    if (!may_have_changed(row)) co_return row.error();
    if (!row.ok()) {  // the row says whether it happened
        const Error unknown = row.error();
        row = co_await find(sale, deadline);
        if (!row.ok() || row->state != to) co_return unknown;
    }
    if (row->mode == SaleMode::kQueued) co_await tell_gate(*row, deadline);
    if (changed_) changed_();
    std::vector<std::string> pages{sale_page_key(sale)};
    co_await forget_pages(ports_, std::move(pages));
    co_return row;
}

// Idempotent by its revision, so it is asked again when it did not arrive, or may not have. What stays lost is put right by
// reconciliation, and the log says so; a gate that is not loaded yet gets the state with its image.
Task<void> ManageSales::tell_gate(Sale sale, Deadline deadline) {
    Event nobody;
    for (int tries = 1;; ++tries) {
        auto told = co_await ports_.gate.set_state(sale.id, sale.epoch, sale.revision, sale.state, deadline);
        const bool lost = !told.ok() && (is_unknown(told.error()) || told.error().code == Code::kUnavailable);
        if (!lost) co_return;
        const Instant again = ports_.clock.now() + kTellPause;
        if (tries == kTellTriesMax || deadline.passed(again)) {
            ports_.log.warn("sale", "the gate has not heard of a sale's new state: reconciliation will bring it",
                            {{"sale", std::to_string(sale.id.value())}, {"state", std::string(to_string(sale.state))},
                             {"error", to_string(told.error())}});
            co_return;
        }
        (void)co_await ports_.clock.sleep_until(again, nobody);
    }
}

Task<Result<Sale>> ManageSales::add_stock(SaleId sale, Units units, Actor actor, Deadline deadline) {
    if (units < 1 || units > kStockUnitsMax) {
        co_return fail(Code::kInvalidField, "units must be 1 to " + std::to_string(kStockUnitsMax));
    }
    AuditNote note{std::move(actor.name), "add-stock", subject_of(sale), std::move(actor.reason)};
    SnapshotQuery query;
    query.sale = sale;
    bool too_many = false;
    bool in_doubt = false;
    std::optional<Units> total_before;
    Planner plan = [&](const SaleSnapshot& snapshot) -> std::optional<LedgerChange> {
        // Adding is not idempotent. If the total moved since an earlier try, that try may have done it.
        in_doubt = total_before && *total_before != snapshot.sale.total;
        too_many = snapshot.sale.total + units > kStockUnitsMax;
        if (in_doubt || too_many) return std::nullopt;
        total_before = snapshot.sale.total;
        return plan_restock(snapshot, units, note);
    };
    auto outcome = co_await change_ledger(ports_.ledger, ports_.meter, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (in_doubt) co_return fail(Code::kOutcomeUnknown, "stock was added, perhaps by this request: look at the sale");
    if (too_many) co_return fail(Code::kInvalidField, "a sale holds at most " + std::to_string(kStockUnitsMax) + " units");
    if (outcome->truth) co_await sync_gate(ports_.gate, ports_.meter, std::move(*outcome->truth), deadline);
    if (changed_) changed_();
    std::vector<std::string> pages{sale_page_key(sale)};
    co_await forget_pages(ports_, std::move(pages));
    co_return co_await find(sale, deadline);
}

}  // namespace sluice
