#pragma once
// A world for the auditor's tests: one healthy sale, whose facts each test bends in one place. Any
// read can be made to fail. No store, no I/O.

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "audit/audit.h"

namespace sluice::audit {

class FakeEvidence final : public Evidence {
public:
    std::vector<SaleFacts> sale_rows;
    std::vector<MovementFacts> movement_rows;
    std::vector<BuyerFacts> buyer_rows;
    std::vector<OrderFacts> order_rows;
    std::vector<PaymentFacts> payment_rows;
    std::vector<QueuedFacts> deferred_rows;
    std::vector<QueuedFacts> queued_rows;
    std::set<std::string> failing;  // names of reads

    bool sales(std::vector<SaleFacts>& out) override {
        if (failing.contains("sales")) return false;
        out = sale_rows;
        return true;
    }
    bool movements(const std::function<void(const MovementFacts&)>& row) override {
        return give("movements", movement_rows, row);
    }
    bool buyers(const std::function<void(const BuyerFacts&)>& row) override {
        return give("buyers", buyer_rows, row);
    }
    bool orders(const std::function<void(const OrderFacts&)>& row) override {
        return give("orders", order_rows, row);
    }
    bool payments(const std::function<void(const PaymentFacts&)>& row) override {
        return give("payments", payment_rows, row);
    }
    bool deferred_orders(const std::function<void(const QueuedFacts&)>& row) override {
        return give("deferred", deferred_rows, row);
    }
    bool queued_orders(const std::function<void(const QueuedFacts&)>& row) override {
        return give("queued", queued_rows, row);
    }
    std::string last_error() const override { return "disk on fire"; }

private:
    // A failing read still hands out its first row, as a torn one would.
    template <class Row>
    bool give(
        const std::string& name, const std::vector<Row>& rows,
        const std::function<void(const Row&)>& row
    ) {
        const bool fails = failing.contains(name);
        for (const Row& one : rows) {
            row(one);
            if (fails) break;
        }
        return !fails;
    }
};

// Sale 1: 10 units at 500, limit 2. o1 (b1, 2 units) is paid by p1, o2 (b2, 1 unit) awaits payment,
// o3 is cancelled, d1 (1 unit) is deferred and therefore held. Version 4 = stock, settle o1, settle
// o2 and o3, cancel o3.
class AuditTest : public testing::Test {
protected:
    AuditTest() {
        SaleFacts sale;
        sale.sale = 1;
        sale.total = 10;
        sale.available = 7;
        sale.version = 4;
        sale.epoch = 2;
        sale.sealed_epoch = 1;
        sale.limit_per_buyer = 2;
        sale.gate_state = "open";
        sale.mode = "queued";
        sale.price = 500;
        sale.active_units = 3;
        stores.sale_rows = {sale};
        stores.movement_rows = {{1, 1, 10, 10}, {1, 2, -2, 8}, {1, 3, -2, 6}, {1, 4, 1, 7}};
        stores.buyer_rows = {{1, "b1", 2, 2}, {1, "b2", 1, 1}, {1, "b3", 0, 0}};
        stores.order_rows = {
            {"o1", 1, 2, 500, "paid", ""},
            {"o2", 1, 1, 500, "awaiting_payment", ""},
            {"o3", 1, 1, 500, "cancelled", "expired"}};
        stores.payment_rows = {{"p1", "o1", "", "applied"}, {"p2", "o3", "", "refund_due"}};
        stores.deferred_rows = {{"d1", 1, 1}};
        GateFacts gate;
        gate.sale = 1;
        gate.serving = true;
        gate.epoch = 2;
        gate.version = 4;
        gate.available = 7;
        gate.held = 1;
        gate.held_orders = {{"d1", 1}};
        gates = {gate};
    }

    AuditReport audit() { return run_audit(AuditInput{stores, gates, gates_failed, journal, unread_queue}); }
    LawReport law(int number) { return audit().laws[static_cast<std::size_t>(number - 1)]; }
    void expect(int number, Verdict verdict) {
        const LawReport report = law(number);
        EXPECT_EQ(report.law, "L" + std::to_string(number));
        EXPECT_EQ(to_string(report.verdict), to_string(verdict))
            << report.law << ": " << report.detail;
        // L5, L7 and L9 may say which gates they left out; everything else explains itself iff it
        // is not ok.
        EXPECT_EQ(report.detail.empty(), verdict == Verdict::kOk) << report.detail;
    }

    SaleFacts& sale() { return stores.sale_rows.front(); }
    GateFacts& gate() { return gates->front(); }

    FakeEvidence stores;
    std::optional<std::vector<GateFacts>> gates;
    bool gates_failed = false;
    std::optional<std::vector<JournalLine>> journal;
    std::optional<UnreadQueue> unread_queue;
};

}  // namespace sluice::audit
