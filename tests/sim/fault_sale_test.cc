// The sale itself changes while orders are in flight: its window closes, it is paused, stock is
// added, it is closed and retired.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr Millis kHour{3'600'000};
constexpr char kOneSold[] = "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held";

// Accepted, its settlement takes until run_for(5 s).
void order_in_flight(OneProcess& world) {
    world.fail(late("ledger.apply.settle", Millis{5'000}, Millis{0}));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{100});
    EXPECT_EQ(world.state("k1"), "held");
}

void expect_in_flight_settles(OneProcess& world) {
    EXPECT_EQ(world.buy("k1"), "202") << "held: told truly, and published again";
    world.run_for(Millis{6'000});
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    EXPECT_EQ(world.buy("k1"), "200 awaiting_payment");
    EXPECT_EQ(world.buy("k1", "ann", 2), "422 payload_mismatch");
    EXPECT_TRUE(world.drain());
}

TEST(FaultSaleChanges, WindowClosesWithAnOrderInFlight) {
    Offer offer;
    offer.closes_in = Millis{10'000};
    offer.payment_window = kHour;
    OneProcess world(offer);
    world.run_for(Millis{8'000});
    order_in_flight(world);
    world.run_for(Millis{2'500});
    EXPECT_EQ(world.buy("k2", "bob"), "409 ended");
    expect_in_flight_settles(world);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSaleChanges, WindowClosesWithAnOrderThatWasNeverPublished) {
    Offer offer;
    offer.closes_in = Millis{10'000};
    offer.payment_window = kHour;
    OneProcess world(offer);
    world.run_for(Millis{8'000});
    world.fail(failing("queue.publish.orders", Fault::kErrorBefore, 1));
    EXPECT_EQ(world.buy("k1"), "503 outcome_unknown");
    world.run_for(Millis{12'000});
    EXPECT_EQ(world.state("k1"), "awaiting_payment")
        << "the recovery loop runs on after the window";
    EXPECT_EQ(world.buy("k1"), "200 awaiting_payment");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSaleChanges, PausedWithAnOrderInFlight) {
    OneProcess world;
    order_in_flight(world);
    EXPECT_TRUE(world.set_state(SaleState::kPaused).ok());
    EXPECT_EQ(world.buy("k2", "bob"), "409 paused");
    expect_in_flight_settles(world);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_TRUE(world.set_state(SaleState::kOpen).ok());
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSaleChanges, PauseThatTheGateDidNotHearIsBroughtByReconcile) {
    OneProcess world;
    world.fail(failing("gate.set_state", Fault::kErrorBefore, 1));
    EXPECT_TRUE(world.set_state(SaleState::kPaused).ok());
    world.run_for(Millis{31'000});
    EXPECT_EQ(world.gate()->state, SaleState::kPaused);
    EXPECT_EQ(world.buy("k2", "bob"), "409 paused");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSaleChanges, APauseWhoseAnswerIsLostIsAskedAgainAtOnce) {
    OneProcess world;
    world.fail(failing("gate.set_state", Fault::kErrorBefore, 1, Code::kOutcomeUnknown));
    EXPECT_TRUE(world.set_state(SaleState::kPaused).ok());
    EXPECT_EQ(world.buy("k2", "bob"), "409 paused") << "without waiting for reconciliation";
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSaleChanges, StockAddedWithAnOrderInFlight) {
    Offer offer;
    offer.units = 1;
    OneProcess world(offer);
    order_in_flight(world);
    EXPECT_EQ(world.buy("k2", "bob"), "409 sold_out");
    EXPECT_TRUE(world.add_stock(1).ok());
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    EXPECT_EQ(world.buy("k3", "cid"), "409 sold_out");
    expect_in_flight_settles(world);
    EXPECT_EQ(world.stock(), "0 left, 2 awaiting, 0 paid; gate 0 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSaleChanges, StockAddedWhoseSyncIsLostIsBroughtByReconcile) {
    Offer offer;
    offer.units = 1;
    offer.payment_window = kHour;
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    world.fail(failing("gate.sync", Fault::kErrorBefore, 1));
    EXPECT_TRUE(world.add_stock(1).ok());
    EXPECT_EQ(world.buy("k2", "bob"), "409 sold_out");
    world.run_for(Millis{31'000});
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(OlderDatabase, FiguresAreCountedFromTheRowsThatAreThere) {
    Offer offer;
    offer.payment_window = kHour;
    OneProcess world(offer);
    for (const std::string key : {"a", "b", "c", "d"}) EXPECT_EQ(world.buy(key, key), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.pay("p1", "a"), "applied");
    EXPECT_EQ(world.cancel("b"), "cancelled");
    const std::string before = world.stock();
    EXPECT_EQ(before, "7 left, 2 awaiting, 1 paid; gate 7 left, 0 held");
    world.power_off();
    world.sql(
        "ALTER TABLE sale_stock DROP COLUMN awaiting_payment;"
        "ALTER TABLE sale_stock DROP COLUMN cancelled_orders;"
        "ALTER TABLE sale_stock DROP COLUMN rejected_orders;"
        "DELETE FROM schema_migrations WHERE name = '0003_stock_figures.sql'"
    );
    world.boot();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), before);
    EXPECT_EQ(world.rows("sale_stock WHERE cancelled_orders = 1 AND rejected_orders = 0"), 1);
}

TEST(FaultRetire, AnHourAfterTheLastOrderTheGateGoesAndReplaysStayTrue) {
    Offer offer;
    offer.payment_window = kHour;
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_TRUE(world.set_state(SaleState::kClosed).ok());
    EXPECT_EQ(world.buy("k3", "cid"), "409 ended");
    world.clock().advance(kHour / 2);
    world.run_for(Millis{65'000});
    EXPECT_FALSE(world.sale_row().retired) << "an order awaits payment";
    world.clock().advance(kHour / 2);
    world.run_for(Millis{125'000});  // the clock's jump is believed, then k2 expires
    EXPECT_EQ(world.state("k2"), "cancelled expired");
    for (int minute = 0; minute < 130 && !world.sale_row().retired; ++minute)
        world.run_for(Millis{60'000});
    EXPECT_TRUE(world.sale_row().retired);
    world.run_for(Millis{5'000});
    EXPECT_FALSE(world.gate().has_value()) << "the gate's keys are gone";
    EXPECT_EQ(world.worker().rebuild().running(), 0U);
    EXPECT_EQ(world.buy("k1"), "200 paid");
    EXPECT_EQ(world.buy("k2", "bob"), "200 cancelled");
    EXPECT_EQ(world.buy("k3", "cid"), "409 ended");

    world.kill();
    world.run_for(Millis{5'000});
    EXPECT_FALSE(world.gate().has_value()) << "nor does a restart bring them back";
    EXPECT_EQ(world.buy("k1"), "200 paid");
    EXPECT_EQ(world.buy("k3", "cid"), "409 ended");
}

constexpr char kClosedBySluice[] = "audit_log WHERE actor = 'sluice' AND action = 'close'";

TEST(FaultRetire, ASaleWhoseWindowIsOverIsClosedByItselfAndThenRetired) {
    Offer offer;
    offer.closes_in = Millis{120'000};
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    world.run_for(Millis{185'000});  // over, and seen to be
    EXPECT_EQ(world.buy("k2", "bob"), "409 ended");
    world.clock().advance(kHour - Millis{180'000});
    world.run_for(Millis{65'000});
    EXPECT_EQ(world.sale_row().state, SaleState::kOpen) << "not before an hour has passed";
    world.clock().advance(Millis{180'000});
    world.run_for(Millis{65'000});
    EXPECT_EQ(world.sale_row().state, SaleState::kClosed);
    EXPECT_EQ(world.gate()->state, SaleState::kClosed);
    EXPECT_EQ(world.rows(kClosedBySluice), 1);
    EXPECT_EQ(world.buy("k1"), "200 paid");
    EXPECT_EQ(world.audit(), "");
    world.run_for(Millis{61'000});  // seen closed
    EXPECT_FALSE(world.sale_row().retired);
    world.clock().advance(kHour);
    world.run_for(Millis{65'000});
    EXPECT_TRUE(world.sale_row().retired);
    world.run_for(Millis{5'000});
    EXPECT_FALSE(world.gate().has_value());
    EXPECT_EQ(world.rows(kClosedBySluice), 1);
    EXPECT_EQ(world.buy("k1"), "200 paid");
}

TEST(FaultRetire, ASaleIsNotClosedForAClockThatStoodWrongForLessThanAnHour) {
    OneProcess world;
    world.clock().step_wall(Millis{72 * kHour});
    world.run_for(Millis{65'000});
    EXPECT_EQ(world.buy("k1"), "409 ended") << "the window hangs on the wall clock";
    world.clock().advance(kHour / 2);
    world.run_for(Millis{65'000});
    world.clock().step_wall(Millis{-72 * kHour});
    world.run_for(Millis{65'000});
    world.clock().advance(kHour);
    world.run_for(Millis{65'000});
    EXPECT_EQ(world.sale_row().state, SaleState::kOpen);
    EXPECT_EQ(world.buy("k1"), "202");
}

TEST(FaultRetire, APausedSaleWhoseWindowIsOverWaitsForAPerson) {
    Offer offer;
    offer.closes_in = Millis{10'000};
    OneProcess world(offer);
    EXPECT_TRUE(world.set_state(SaleState::kPaused).ok());
    world.run_for(Millis{65'000});
    world.clock().advance(2 * kHour);
    world.run_for(Millis{65'000});
    EXPECT_EQ(world.sale_row().state, SaleState::kPaused);
}

TEST(FaultRetire, WhoseReplyIsLostIsRetiredOnce) {
    OneProcess world;
    EXPECT_TRUE(world.set_state(SaleState::kClosed).ok());
    world.run_for(Millis{61'000});
    world.fail(failing("ledger.retire_sale", Fault::kUnknownAfter, 1));
    world.clock().advance(kHour);
    world.run_for(Millis{125'000});
    EXPECT_TRUE(world.sale_row().retired);
    EXPECT_FALSE(world.gate().has_value());
    EXPECT_EQ(world.buy("k1"), "409 ended");
}

TEST(FaultRetire, WhileALateCatalogueReadStillShowsTheSaleBringsNoGateBack) {
    OneProcess world;
    EXPECT_TRUE(world.set_state(SaleState::kClosed).ok());
    world.run_for(Millis{61'000});
    CallRule rule = late("ledger.read_catalogue", Millis{0}, Millis{700});
    rule.times = kForEver;
    world.fail(std::move(rule));
    world.clock().advance(kHour);
    world.run_for(Millis{125'000});
    EXPECT_TRUE(world.sale_row().retired);
    EXPECT_EQ(world.worker().rebuild().running(), 0U);
    EXPECT_FALSE(world.gate().has_value());
    EXPECT_EQ(world.buy("k1"), "409 ended");
}

}  // namespace
}  // namespace sluice::sim
