#pragma once
// What every Ledger does with orders and work that left their queue unfinished, and with a sale's
// epochs: park, bury, redrive, discard, seal, the image for a new gate, and what is due.

#include "contract/ledger_fixture.h"

namespace sluice {

template <class Backend>
class DeferredContract : public LedgerFixture<Backend> {
protected:
    DeferredWork work(WorkKind kind, std::string key, WallTime due_at) {
        DeferredWork work;
        work.kind = kind;
        work.key = std::move(key);
        work.sale = SaleId{1};
        work.due_at = due_at;
        work.first_failed_at = this->kNow;
        work.last_error = "could not";
        return work;
    }
    DueWork due(DueKind kind, std::size_t rows_max = 100) {
        return this->get(this->ledger().due(kind, rows_max, this->kNever));
    }
    std::optional<DeferredOrder> find(OrderId order) {
        return this->get(this->orders().find_deferred(order, this->kNever));
    }
    // The next epoch, with everything before it sealed.
    Epoch rebuild(SaleId sale) {
        const auto epoch = this->get(this->ledger().begin_epoch(sale, this->kNever));
        auto change = plan_seal(this->snapshot(sale, {}), Epoch{epoch.value() - 1});
        EXPECT_TRUE(change.has_value());
        this->truth(std::move(*change));
        return epoch;
    }
};
TYPED_TEST_SUITE_P(DeferredContract);

TYPED_TEST_P(DeferredContract, ParkTakesAVersionAndMovesNoUnits) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann", 2);
    const auto truth = this->park(mine);
    EXPECT_EQ(truth.version, Version{2});
    EXPECT_EQ(truth.available, 10);
    EXPECT_TRUE(truth.finished.empty());
    EXPECT_EQ(this->find(mine.order)->order, mine);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(DeferredContract, ParkingAgainKeepsTheFirstFailure) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann");
    this->park(mine);
    auto again = this->deferred(sale, mine, DeferredState::kBuried);
    again.attempt = 5;
    again.last_error = "still not";
    again.epoch = Epoch{};  // a hint carries none
    again.first_failed_at = this->kNow + Millis{9'000};
    auto change = plan_defer(this->snapshot_for({mine}), {again});
    ASSERT_TRUE(change);
    this->truth(std::move(*change));
    const auto found = this->find(mine.order);
    EXPECT_EQ(found->attempt, 5);
    EXPECT_EQ(found->state, DeferredState::kBuried);
    EXPECT_EQ(found->last_error, "still not");
    EXPECT_EQ(found->first_failed_at, this->kNow);
    EXPECT_EQ(found->epoch, Epoch{1});
}

TYPED_TEST_P(DeferredContract, SettlingRemovesTheDeferredRow) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann");
    this->park(mine);
    this->settle({mine});
    EXPECT_FALSE(this->find(mine.order));
    EXPECT_EQ(this->state(mine.order), OrderState::kAwaitingPayment);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(DeferredContract, SettledOrderCannotBeDeferredEvenWhenForced) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann");
    auto forced = *plan_defer(this->snapshot_for({mine}), {this->deferred(sale, mine)});
    this->settle({mine});
    EXPECT_FALSE(plan_defer(this->snapshot_for({mine}), {this->deferred(sale, mine)}));
    forced.expected = Version{2};
    EXPECT_TRUE(this->is_conflict(this->apply(std::move(forced)), Conflict::kRows));
    this->expect_untouched(sale, Version{2}, 9);
}

TYPED_TEST_P(DeferredContract, SealedEpochRefusesNewRowsAndKeepsKnownOnes) {
    const auto sale = this->open_sale();
    const auto known = this->order(sale, 1, "ann");
    const auto late = this->order(sale, 2, "bob");
    this->park(known);
    auto forced = *plan_defer(this->snapshot_for({late}), {this->deferred(sale, late)});
    this->rebuild(sale);

    EXPECT_EQ(this->plan({late}).decisions[0], Settlement::kStale);
    EXPECT_FALSE(plan_defer(this->snapshot_for({late}), {this->deferred(sale, late)}));
    forced.expected = Version{3};
    EXPECT_TRUE(std::holds_alternative<EpochSealed>(this->apply(std::move(forced))));
    EXPECT_FALSE(this->find(late.order));
    this->expect_untouched(sale, Version{3}, 10);

    this->park(known, DeferredState::kBuried);
    EXPECT_EQ(this->find(known.order)->state, DeferredState::kBuried);
}

TYPED_TEST_P(DeferredContract, RedriveMakesABuriedOrderDueAtOnce) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann");
    this->park(mine, DeferredState::kBuried);
    EXPECT_TRUE(this->due(DueKind::kDeferredOrders).orders.empty());
    auto change = plan_redrive(this->snapshot_for({mine}), mine.order, this->note());
    ASSERT_TRUE(change);
    this->truth(std::move(*change));
    const auto due = this->due(DueKind::kDeferredOrders);
    ASSERT_EQ(due.orders.size(), 1U);
    EXPECT_EQ(due.orders[0].attempt, 0);
    EXPECT_EQ(due.now, this->kNow);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(DeferredContract, DiscardRejectsABuriedOrder) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann");
    this->park(mine, DeferredState::kBuried);
    auto change = plan_discard(this->snapshot_for({mine}), mine.order, this->note());
    ASSERT_TRUE(change);
    const auto truth = this->truth(std::move(*change));
    EXPECT_EQ(truth.finished[0], (FinishedOrder{mine.order, Letter::kRejected}));
    EXPECT_EQ(this->row(mine.order)->reason, Reason::kDiscarded);
    EXPECT_FALSE(this->find(mine.order));
    EXPECT_EQ(truth.available, 10);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(DeferredContract, ParkedOrdersAreDueAtTheirTime) {
    const auto sale = this->open_sale();
    this->park(this->order(sale, 1, "ann"));
    EXPECT_TRUE(this->due(DueKind::kDeferredOrders).orders.empty());
    this->at(this->kNow + Millis{5'000});
    EXPECT_EQ(this->due(DueKind::kDeferredOrders).orders.size(), 1U);
    EXPECT_TRUE(this->due(DueKind::kDeferredOrders, 0).orders.empty());
}

TYPED_TEST_P(DeferredContract, PassedPaymentDeadlinesAreDueUnlessTheirExpiryIsDeferred) {
    const auto sale = this->open_sale();
    const auto first = this->order(sale, 1, "ann");
    const auto second = this->order(sale, 2, "bob");
    const auto paid = this->order(sale, 3, "eve");
    this->settle({first, second, paid});
    this->get(this->ledger().record_payment(this->payment("p1", paid), this->kNever));
    this->at(this->kNow + this->kPaymentWindow - Millis{1});
    EXPECT_TRUE(this->due(DueKind::kPaymentDeadlines).deadlines.empty());
    this->at(this->kNow + this->kPaymentWindow);
    EXPECT_EQ(this->due(DueKind::kPaymentDeadlines).deadlines.size(), 2U);
    EXPECT_EQ(this->due(DueKind::kPaymentDeadlines, 1).deadlines.size(), 1U);

    auto failed = this->work(WorkKind::kExpiry, first.order.text(), this->kNow);
    this->get(this->ledger().defer_work(std::move(failed), std::nullopt, this->kNever));
    const auto due = this->due(DueKind::kPaymentDeadlines, 1).deadlines;
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].order, second.order);
    EXPECT_EQ(due[0].sale, sale);
}

TYPED_TEST_P(DeferredContract, DeferredWorkIsUpsertedFoundDueAndFinished) {
    auto& ledger = this->ledger();
    auto row = this->work(WorkKind::kPayment, "p1", this->kNow + Millis{1'000});
    this->get(ledger.defer_work(row, std::nullopt, this->kNever));
    EXPECT_TRUE(this->due(DueKind::kDeferredWork).work.empty());
    row.attempt = 2;
    row.due_at = this->kNow;
    row.first_failed_at = this->kNow + Millis{1};
    this->get(ledger.defer_work(row, std::nullopt, this->kNever));
    const auto due = this->due(DueKind::kDeferredWork).work;
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].attempt, 2);
    EXPECT_EQ(due[0].first_failed_at, this->kNow);

    row.state = DeferredState::kBuried;
    this->get(ledger.defer_work(row, std::nullopt, this->kNever));
    EXPECT_TRUE(this->due(DueKind::kDeferredWork).work.empty());
    const auto found = this->get(ledger.find_work(WorkKind::kPayment, "p1", this->kNever));
    EXPECT_EQ(found->state, DeferredState::kBuried);
    EXPECT_FALSE(this->get(ledger.find_work(WorkKind::kExpiry, "p1", this->kNever)));

    this->get(ledger.finish_work(WorkKind::kPayment, "p1", this->note(), this->kNever));
    this->get(ledger.finish_work(WorkKind::kPayment, "p1", std::nullopt, this->kNever));
    EXPECT_FALSE(this->get(ledger.find_work(WorkKind::kPayment, "p1", this->kNever)));
}

TYPED_TEST_P(DeferredContract, DeskListsByStateAndKind) {
    const auto sale = this->open_sale();
    this->park(this->order(sale, 1, "ann"));
    this->park(this->order(sale, 2, "bob"), DeferredState::kBuried);
    auto expiry = this->work(WorkKind::kExpiry, "e1", this->kNow);
    this->get(this->ledger().defer_work(std::move(expiry), std::nullopt, this->kNever));
    const auto list = [&](DeadLetterFilter filter) {
        return this->get(this->orders().list_dead_letters(std::move(filter), this->kNever));
    };
    EXPECT_EQ(list({}).orders.size(), 2U);
    EXPECT_EQ(list({}).work.size(), 1U);
    DeadLetterFilter buried;
    buried.state = DeferredState::kBuried;
    EXPECT_EQ(list(buried).orders.size(), 1U);
    EXPECT_TRUE(list(buried).work.empty());
    DeadLetterFilter webhooks;
    webhooks.orders = false;
    webhooks.kind = WorkKind::kWebhook;
    EXPECT_TRUE(list(webhooks).orders.empty());
    EXPECT_TRUE(list(webhooks).work.empty());
}

TYPED_TEST_P(DeferredContract, GateImageHoldsEverythingOfOneVersion) {
    const auto sale = this->open_sale(10, 3);
    const auto open = this->order(sale, 1, "ann", 2);
    const auto rejected = this->order(sale, 2, "bob", 4);
    const auto held = this->order(sale, 3, "eve");
    this->settle({open, rejected});
    this->park(held);
    const auto epoch = this->rebuild(sale);

    const auto image = this->get(this->ledger().gate_image(sale, epoch, this->kNever));
    EXPECT_EQ(image.sale, sale);
    EXPECT_EQ(image.epoch, Epoch{2});
    EXPECT_EQ(image.version, Version{4});
    EXPECT_EQ(image.available, 8);
    EXPECT_EQ(image.limit_per_buyer, 3);
    EXPECT_EQ(image.state, SaleState::kOpen);
    EXPECT_EQ(image.revision, Revision{2});
    ASSERT_EQ(image.held.size(), 1U);
    EXPECT_EQ(image.held[0].order, held);
    ASSERT_EQ(image.finished.size(), 2U);
    EXPECT_EQ(image.finished[0].letter, Letter::kSettled);
    EXPECT_EQ(image.finished[0].quantity, 2);
    EXPECT_EQ(image.finished[1].letter, Letter::kRejected);
    Units bought = 0;
    for (const auto& total : image.bought) bought += total.bought;
    EXPECT_EQ(bought, 2);
}

TYPED_TEST_P(DeferredContract, StreamedImageIsTheSame) {
    const auto sale = this->open_sale(10, 3);
    this->settle({this->order(sale, 1, "ann", 2), this->order(sale, 2, "bob", 4), this->order(sale, 3, "bob", 3)});
    this->park(this->order(sale, 4, "eve"));
    const auto epoch = this->rebuild(sale);
    auto stream = this->get(this->ledger().stream_image(sale, epoch, this->kNever));
    EXPECT_TRUE(stream.image.finished.empty() && stream.image.bought.empty());
    const auto streamed = this->get(collect(std::move(stream), this->kNever));
    const auto whole = this->get(this->ledger().gate_image(sale, epoch, this->kNever));
    EXPECT_EQ(streamed.version, whole.version);
    EXPECT_EQ(streamed.available, whole.available);
    EXPECT_EQ(streamed.held, whole.held);
    EXPECT_EQ(streamed.finished, whole.finished);
    EXPECT_EQ(streamed.bought, whole.bought);
    EXPECT_EQ(whole.finished.size(), 3U);
    EXPECT_EQ(whole.bought.size(), 2U);
}

// A ledger may have nothing to say ahead; what it says is what the image has, as long as nothing changes.
TYPED_TEST_P(DeferredContract, RowsAheadNeedNoSeal) {
    const auto sale = this->open_sale(10, 3);
    this->settle({this->order(sale, 1, "ann", 2), this->order(sale, 2, "bob", 4), this->order(sale, 3, "bob", 3)});
    (void)this->get(this->ledger().begin_epoch(sale, this->kNever));
    GateImageStream stream{{}, this->get(this->ledger().stream_rows(sale, this->kNever))};
    const auto rows = this->get(collect(std::move(stream), this->kNever));
    const auto epoch = this->rebuild(sale);
    const auto image = this->get(this->ledger().gate_image(sale, epoch, this->kNever));
    if (rows.finished.empty() && rows.bought.empty()) return;
    EXPECT_EQ(rows.finished, image.finished);
    EXPECT_EQ(rows.bought, image.bought);
}

TYPED_TEST_P(DeferredContract, GateImageNeedsItsEpochAndTheSealBefore) {
    const auto sale = this->open_sale();
    auto& ledger = this->ledger();
    EXPECT_EQ(this->get(ledger.begin_epoch(sale, this->kNever)), Epoch{2});
    EXPECT_EQ(this->code(ledger.gate_image(sale, Epoch{1}, this->kNever)), Code::kConflict);
    EXPECT_EQ(this->code(ledger.gate_image(sale, Epoch{2}, this->kNever)), Code::kConflict);
    EXPECT_EQ(this->code(ledger.gate_image(SaleId{99}, Epoch{1}, this->kNever)), Code::kNotFound);
    EXPECT_EQ(this->code(ledger.stream_image(sale, Epoch{2}, this->kNever)), Code::kConflict);
    EXPECT_EQ(this->code(ledger.stream_image(SaleId{99}, Epoch{1}, this->kNever)), Code::kNotFound);
    this->truth(*plan_seal(this->snapshot(sale, {}), Epoch{1}));
    EXPECT_TRUE(this->get(ledger.gate_image(sale, Epoch{2}, this->kNever)).finished.empty());
    EXPECT_FALSE(plan_seal(this->snapshot(sale, {}), Epoch{1}));
}

TYPED_TEST_P(DeferredContract, EpochsOpenAndRetire) {
    const auto sale = this->open_sale();
    auto& ledger = this->ledger();
    const auto mine = this->order(sale, 1, "ann");
    this->park(mine);
    const auto epoch = this->rebuild(sale);
    EXPECT_EQ(this->code(ledger.open_gate(sale, Epoch{1}, this->kNever)), Code::kConflict);
    this->get(ledger.open_gate(sale, epoch, this->kNever));
    this->get(ledger.open_gate(sale, epoch, this->kNever));
    const auto catalogue = this->get(ledger.read_catalogue(this->kNever));
    ASSERT_EQ(catalogue.sales.size(), 1U);
    EXPECT_EQ(catalogue.sales[0].gate_state, GateState::kOpen);
    EXPECT_EQ(catalogue.sales[0].epoch, epoch);

    EXPECT_EQ(this->code(ledger.retire_sale(sale, epoch, this->kNever)), Code::kConflict);
    this->get(this->sales().set_sale_state(sale, SaleState::kClosed, this->note(), this->kNever));
    EXPECT_EQ(this->code(ledger.retire_sale(sale, epoch, this->kNever)), Code::kConflict);
    this->settle({mine});
    EXPECT_EQ(this->code(ledger.retire_sale(sale, epoch, this->kNever)), Code::kConflict);
    this->get(ledger.record_payment(this->payment("p1", mine), this->kNever));
    this->get(ledger.retire_sale(sale, epoch, this->kNever));
    this->get(ledger.retire_sale(sale, epoch, this->kNever));
    EXPECT_TRUE(this->get(ledger.read_catalogue(this->kNever)).sales.empty());
}

REGISTER_TYPED_TEST_SUITE_P(
    DeferredContract, ParkTakesAVersionAndMovesNoUnits, ParkingAgainKeepsTheFirstFailure,
    SettlingRemovesTheDeferredRow, SettledOrderCannotBeDeferredEvenWhenForced,
    SealedEpochRefusesNewRowsAndKeepsKnownOnes, RedriveMakesABuriedOrderDueAtOnce,
    DiscardRejectsABuriedOrder, ParkedOrdersAreDueAtTheirTime,
    PassedPaymentDeadlinesAreDueUnlessTheirExpiryIsDeferred,
    DeferredWorkIsUpsertedFoundDueAndFinished, DeskListsByStateAndKind,
    GateImageHoldsEverythingOfOneVersion, StreamedImageIsTheSame, RowsAheadNeedNoSeal, GateImageNeedsItsEpochAndTheSealBefore,
    EpochsOpenAndRetire
);

}  // namespace sluice
