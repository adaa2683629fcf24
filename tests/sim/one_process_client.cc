// The client of OneProcess, and what a test can look at.

#include <utility>

#include "adapters/sqlite/evidence.h"
#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr Millis kCancelPatience{3'000};

Actor operator_of_the_test() { return Actor{"operator", "test"}; }

audit::JournalLine line_of(const std::string& key, const PlaceRequest& request) {
    audit::JournalLine line;
    line.key = key;
    line.buyer = request.buyer.value();
    line.sale = request.sale.value();
    line.quantity = request.quantity;
    return line;
}

int status_of(const PlaceReply& reply) {
    if (reply.refusal) return info(reply.refusal->code).http_status;
    if (reply.view.state == OrderState::kHeld) return 202;
    return reply.direct ? 201 : 200;
}

}  // namespace

std::string text(const Error& error) {
    return std::to_string(info(error.code).http_status) + " " + std::string(info(error.code).wire);
}

std::string text(const PlaceReply& reply) {
    if (reply.refusal) return text(*reply.refusal);
    const int status = status_of(reply);
    return status == 202 ? "202"
                         : std::to_string(status) + " " + std::string(to_string(reply.view.state));
}

std::string text(const Result<PaymentOutcome>& outcome) {
    if (!outcome.ok()) return text(outcome.error());
    const PaymentRow& row = outcome->payment;
    std::string said(to_string(row.state));
    if (row.refund_reason != RefundReason::kNone)
        said += " " + std::string(to_string(row.refund_reason));
    return said;
}

std::string text(const Result<CancelOrder::Reply>& reply) {
    if (!reply.ok()) return text(reply.error());
    return reply->pending ? "pending" : std::string(to_string(reply->view.state));
}

Task<PlaceReply> OneProcess::place(std::string key, PlaceRequest request) {
    auto line = line_of(key, request);
    auto reply = co_await process_->node().place.place(std::move(request), Deadline::never());
    if (reply.order) {
        line.order = reply.order->text();
        ids_[key] = *reply.order;
    }
    line.status = status_of(reply);
    if (reply.refusal) line.code = std::string(info(reply.refusal->code).wire);
    journal_.push_back(std::move(line));
    pending_.erase(key);
    co_return reply;
}

Answer<PlaceReply> OneProcess::ask(
    const std::string& key, const std::string& buyer, Units quantity
) {
    PlaceRequest request;
    request.sale = sale_;
    request.buyer = BuyerId{buyer};
    request.quantity = quantity;
    request.key = key;
    pending_[key] = line_of(key, request);
    return start(place(key, std::move(request)));
}

std::string OneProcess::buy(const std::string& key, const std::string& buyer, Units quantity) {
    const auto answer = ask(key, buyer, quantity);
    SLUICE_CHECK(run_until([&] { return answer->has_value(); }));
    return text(**answer);
}

std::string OneProcess::insist(const std::string& key, const std::string& buyer, Units quantity) {
    for (;;) {
        const std::string said = buy(key, buyer, quantity);
        if (!said.starts_with("503")) return said;
        run_for(Millis{200});
    }
}

OrderBatch OneProcess::message_of(const std::string& key, Epoch epoch) {
    OrderBatch batch{sale_, epoch, {}};
    const auto held = await(process_->gate().find_held(id(key), Deadline::never()));
    if (held->has_value()) {
        batch.orders.push_back((*held)->order);
        return batch;
    }
    const auto row = await(process_->orders().find_order(id(key), Deadline::never()));
    SLUICE_CHECK(row->has_value());
    const OrderRow& order = **row;
    batch.orders.push_back(
        {order.order, order.buyer, order.quantity, order.accepted_at, order.terms}
    );
    return batch;
}

void OneProcess::publish(OrderBatch batch) {
    Message message = std::move(batch);
    auto published =
        await(process_->queue().publish(partition(), std::move(message), Deadline::never()));
    SLUICE_CHECK(published.ok());
}

OrderId OneProcess::id(const std::string& key) const {
    const auto found = ids_.find(key);
    SLUICE_CHECK(found != ids_.end());
    return found->second;
}

Payment OneProcess::payment(const std::string& payment_id, const std::string& key, Units paid_units)
    const {
    Payment payment;
    payment.id = PaymentId{payment_id};
    payment.order = id(key);
    payment.amount = Cents{offer_.price.value() * paid_units};
    return payment;
}

std::string OneProcess::pay(
    const std::string& payment_id, const std::string& key, Units paid_units
) {
    return text(
        await(process_->node().pay.notify(payment(payment_id, key, paid_units), Deadline::never()))
    );
}

std::string OneProcess::cancel(const std::string& key) {
    const Deadline deadline{clock_.now() + kCancelPatience};
    return text(await(process_->node().cancel.cancel_by_operator(id(key), operator_of_the_test(), deadline)));
}

Result<Sale> OneProcess::set_state(SaleState to) {
    return await(worker().manage().set_state(sale_, to, operator_of_the_test(), Deadline::never()));
}

Result<Sale> OneProcess::add_stock(Units units) {
    return await(
        worker().manage().add_stock(sale_, units, operator_of_the_test(), Deadline::never())
    );
}

std::string OneProcess::state(const std::string& key) {
    const Deadline deadline = Deadline::never();
    const auto row = await(process_->orders().find_order(id(key), deadline));
    if (row->has_value()) {
        const std::string reason(to_string((*row)->reason));
        return std::string(to_string((*row)->state)) + (reason.empty() ? "" : " " + reason);
    }
    const auto deferred = await(process_->orders().find_deferred(id(key), deadline));
    if (deferred->has_value()) {
        return std::string(to_string((*deferred)->state)) + " " +
               std::to_string((*deferred)->attempt);
    }
    const auto held = await(process_->gate().find_held(id(key), deadline));
    return held->has_value() ? "held" : "none";
}

bool OneProcess::reaches(const std::string& key, const std::string& wanted, Millis most) {
    constexpr Millis kLook{10};
    for (const Instant end = clock_.now() + most; clock_.now() < end;) {
        if (state(key) == wanted) return true;
        run_for(kLook);
    }
    return state(key) == wanted;
}

std::string OneProcess::stock() {
    const auto ledger = await(process_->orders().stock_figures(sale_, Deadline::never()));
    const auto held = gate();
    std::string said = std::to_string(ledger->available) + " left, " +
                       std::to_string(ledger->awaiting_payment) + " awaiting, " +
                       std::to_string(ledger->paid) + " paid; gate ";
    if (!held) return said + "missing";
    return said + std::to_string(held->available) + " left, " + std::to_string(held->held) +
           " held";
}

std::optional<GateSnapshot> OneProcess::gate() {
    auto snapshot = await(process_->gate().snapshot(sale_, Deadline::never()));
    if (snapshot->answer != GateAnswer::kOk) return std::nullopt;
    return std::move(*snapshot);
}

Sale OneProcess::sale_row() {
    auto row = await(process_->sales().find_sale(sale_, Deadline::never()));
    return **row;
}

DeadLetters OneProcess::dead_letters(std::optional<DeferredState> state) {
    DeadLetterFilter filter;
    filter.state = state;
    return *await(process_->orders().list_dead_letters(filter, Deadline::never()));
}

std::uint64_t OneProcess::queued() {
    std::uint64_t messages = 0;
    const auto depths = await(process_->queue().depths(Deadline::never()));
    for (const QueueDepth& depth : *depths) messages += depth.ready + depth.delayed;
    return messages;
}

Letter OneProcess::letter(const std::string& key) {
    auto known = await(process_->gate().letters(sale_, {id(key)}, Deadline::never()));
    SLUICE_CHECK(known->size() == 1);
    return known->front().letter;
}

std::string OneProcess::audit() {
    auto gates = await(process_->gate().facts());
    SqliteEvidence stores(store_options().path, disk_.vfs());
    const auto report = audit::run_audit({stores, std::move(gates), false, journal_});
    for (const audit::LawReport& law : report.laws) {
        const bool no_money = law.law == "L8" && law.verdict == audit::Verdict::kNotApplicable;
        if (law.verdict == audit::Verdict::kOk || no_money) continue;
        return law.law + " " + std::string(to_string(law.verdict)) + ": " + law.detail;
    }
    return "";
}

}  // namespace sluice::sim
