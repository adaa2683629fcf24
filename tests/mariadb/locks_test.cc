// Somebody else holds what a change needs: it is repeated, and nothing is half-written.

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <thread>

#include "mariadb/shop.h"

namespace sluice {
namespace {

class MariaLocks : public MariaFaultTest {
protected:
    // A process with little patience for locks.
    MariaPoolOptions impatient() {
        MariaPoolOptions options;
        options.endpoint = server().endpoint();
        options.timeouts.lock_wait = std::chrono::seconds{1};
        options.timeouts.silence = std::chrono::seconds{30};
        options.writers = 1;
        options.readers = 1;
        options.waiting_max = 1;
        return options;
    }
    Outcome apply_impatiently(LedgerChange change, Deadline deadline = Deadline::never()) {
        return hasty_.run(hasty_.ledger().apply(std::move(change), deadline));
    }
    void hold(const std::string& what) {
        holder_->execute("START TRANSACTION");
        auto row = holder_->prepare(what + " FOR UPDATE");
        row.execute();
        EXPECT_TRUE(row.next());
    }
    void hold_stock() { hold("SELECT version FROM sale_stock"); }
    void let_go() { holder_->execute("ROLLBACK"); }
    // Sessions whose statement looks like this.
    std::vector<std::int64_t> sessions_at(const std::string& statement) {
        std::vector<std::int64_t> ids;
        auto row = observer_->prepare(
            "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
            " AND COALESCE(info, '') LIKE ?"
        );
        row.query(statement);
        while (row.next()) ids.push_back(row.get<std::int64_t>(0));
        return ids;
    }
    // Ends them; their number.
    std::size_t kill_sessions_at(const std::string& statement) {
        const auto ids = sessions_at(statement);
        for (const auto id : ids) observer_->execute("KILL " + std::to_string(id));
        return ids.size();
    }
    bool stock_is_locked() {
        auto row = observer_->prepare("SELECT 1 FROM sale_stock FOR UPDATE SKIP LOCKED");
        row.execute();
        return !row.next();
    }
    // The change in a thread of its own, while the test does something else.
    void start_applying(const LedgerChange& change) {
        ended_ = false;
        worker_ = std::thread([this, change] {
            outcome_.emplace(apply_impatiently(change));
            ended_ = true;
        });
    }
    Outcome finish_applying() {
        worker_.join();
        return *outcome_;
    }

    std::atomic<bool> ended_{false};
    std::optional<Outcome> outcome_;  // once ended
    std::thread worker_;
    std::unique_ptr<maria::Connection> observer_ = server().connect();
    MariaProcess hasty_{impatient()};
    std::unique_ptr<maria::Connection> holder_ = server().connect();
};

TEST_F(MariaLocks, LockWaitIsTransientAndLeavesNoTrace) {
    const auto sale = open_sale();
    const auto change = one_order(sale, 1);
    hold_stock();
    EXPECT_EQ(code_of(apply_impatiently(change)), Code::kTransient);
    let_go();
    expect_untouched(sale, Version{1}, 10);
    EXPECT_TRUE(apply_impatiently(change).ok());
    expect_untouched(sale, Version{2}, 9);
}

// 1205 undoes only the statement that waited: without the explicit ROLLBACK the stock row would
// keep the version that it had taken already.
TEST_F(MariaLocks, LockWaitBehindTheStockRowUndoesTheStockRow) {
    const auto sale = open_sale();
    const auto mine = order(sale, 1, "ann", 2);
    settle({mine});
    const auto change = *plan_cancel(snapshot_for({mine}), mine.order);
    hold("SELECT place FROM orders");
    EXPECT_EQ(code_of(apply_impatiently(change)), Code::kTransient);
    expect_untouched(sale, Version{2}, 8);
    let_go();
    EXPECT_TRUE(apply_impatiently(change).ok());
    expect_untouched(sale, Version{3}, 10);
}

TEST_F(MariaLocks, DeadlockIsTransientAndLeavesNoTrace) {
    const auto sale = open_sale(50, 1);
    std::vector<AcceptedOrder> all;
    for (std::uint8_t i = 1; i <= 20; ++i) all.push_back(order(sale, i, "b" + std::to_string(i)));
    settle(all);
    const auto change = *plan_cancel(snapshot_for({all[0]}), all[0].order);
    // The server gives up the transaction that has written less, so the other one writes a lot.
    holder_->execute("START TRANSACTION");
    holder_->execute("UPDATE orders SET accepted_at = accepted_at + 1");
    start_applying(change);
    while (!ended_ && !stock_is_locked()) {
    }  // as soon as the change has the stock row, it is about to wait for the orders
    EXPECT_NO_THROW(holder_->execute("UPDATE sale_stock SET version = version"));
    EXPECT_EQ(code_of(finish_applying()), Code::kTransient);
    let_go();
    expect_untouched(sale, Version{2}, 30);
    EXPECT_TRUE(apply_impatiently(change).ok());
    expect_untouched(sale, Version{3}, 31);
}

TEST_F(MariaLocks, SessionKilledInTheMiddleIsTransientAndOpensAgain) {
    const auto sale = open_sale();
    const auto change = one_order(sale, 1);
    hold_stock();
    start_applying(change);
    while (!ended_ && kill_sessions_at("%UPDATE sale_stock%") == 0) {
    }
    EXPECT_EQ(code_of(finish_applying()), Code::kTransient);
    let_go();
    expect_untouched(sale, Version{1}, 10);
    EXPECT_TRUE(apply_impatiently(change).ok());
}

TEST_F(MariaLocks, IdleSessionsThatWereKilledAreReplacedUnnoticed) {
    const auto sale = open_sale();
    EXPECT_TRUE(apply_impatiently(one_order(sale, 1)).ok());
    EXPECT_TRUE(hasty_.run(hasty_.ledger().read_catalogue(kNever)).ok());
    holder_.reset();
    EXPECT_GE(kill_sessions_at(""), 2U);
    EXPECT_TRUE(hasty_.run(hasty_.ledger().read_catalogue(kNever)).ok());
    EXPECT_TRUE(apply_impatiently(one_order(sale, 2)).ok());
}

TEST_F(MariaLocks, CallsBeyondTheBoundAreRefusedAtOnce) {
    const auto sale = open_sale();
    const auto change = one_order(sale, 1);
    hold_stock();
    int overloaded = 0;
    int begun = 0;
    boost::asio::io_context context;
    const auto call = [&]() -> Task<void> {
        auto applied = co_await hasty_.ledger().apply(change, kNever);
        const auto refused = !applied.ok() && applied.error().code == Code::kOverloaded;
        ++(refused ? overloaded : begun);
    };
    for (int i = 0; i < 4; ++i) {
        boost::asio::co_spawn(context, call(), [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        });
    }
    context.run();
    EXPECT_GE(overloaded, 2);  // one has the session, one waits
    EXPECT_GE(begun, 1);
    EXPECT_EQ(overloaded + begun, 4);
    let_go();
    expect_untouched(sale, Version{1}, 10);
}

TEST_F(MariaLocks, DeadlineThatPassesWhileWaitingForASessionDoesNothing) {
    const auto sale = open_sale();
    const auto change = one_order(sale, 1);
    hold_stock();
    std::optional<Outcome> first;
    std::optional<Outcome> second;
    boost::asio::io_context context;
    const auto call = [&](std::optional<Outcome>& outcome, Deadline deadline) -> Task<void> {
        outcome.emplace(co_await hasty_.ledger().apply(change, deadline));
    };
    const auto spawn = [&](Task<void> task) {
        boost::asio::co_spawn(context, std::move(task), [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        });
    };
    spawn(call(first, kNever));
    context.run_one();  // it has the session before the second one comes
    while (sessions_at("%UPDATE sale_stock%").empty()) {
    }
    spawn(call(second, hasty_.clock().in(Millis{50})));
    context.run();
    EXPECT_EQ(code_of(*first), Code::kTransient);
    EXPECT_EQ(code_of(*second), Code::kTimeout);
    let_go();
    expect_untouched(sale, Version{1}, 10);
}

// The gate, or a person with a SQL prompt, was wrong: the CHECK is the last line.
TEST_F(MariaLocks, StockLoweredBehindOurBackIsNeverOversold) {
    const auto sale = open_sale();
    const auto change = one_order(sale, 1);
    holder_->execute("UPDATE sale_stock SET available = 0");
    EXPECT_EQ(code_of(try_apply(change)), Code::kPermanent);
    const auto shown = snapshot(sale, {change.insert[0].order.order});
    EXPECT_EQ(shown.version, Version{1});
    EXPECT_EQ(shown.sale.available, 0);
    EXPECT_TRUE(shown.orders.empty());
    EXPECT_NE(broken_laws(*holder_), "");  // and the auditor sees it
}

TEST_F(MariaLocks, TwoWritersOfOneSaleLoseNothing) {
    constexpr int kOrders = 60;
    const auto sale = open_sale(2 * kOrders, 1);
    std::atomic<int> conflicts{0};
    const auto write = [&](std::uint8_t first, MariaProcess& mine) {
        for (int i = 0; i < kOrders; ++i) {
            const auto number = static_cast<std::uint8_t>(first + i);
            const auto accepted = order(sale, number, "buyer-" + std::to_string(number));
            for (bool done = false; !done;) {
                SnapshotQuery query{sale, {accepted.order}, {accepted.buyer}};
                const auto shown = mine.run(mine.ledger().snapshot(std::move(query), kNever));
                ASSERT_TRUE(shown.ok());
                auto planned = plan_settlement(*shown, std::array{RunOrder{accepted, Epoch{1}}});
                ASSERT_TRUE(planned.change);
                auto applied = mine.run(mine.ledger().apply(std::move(*planned.change), kNever));
                ASSERT_TRUE(applied.ok()) << to_string(applied.error());
                done = std::holds_alternative<LedgerTruth>(*applied);
                conflicts += done ? 0 : 1;
            }
        }
    };
    MariaPoolOptions options;
    options.endpoint = server().endpoint();
    MariaProcess one(options);
    MariaProcess two(options);
    std::thread other([&] { write(100, two); });
    write(1, one);
    other.join();
    GTEST_LOG_(INFO) << conflicts << " version conflicts";
    EXPECT_EQ(broken_laws(*holder_), "");
    expect_untouched(sale, Version{1 + 2 * kOrders}, 0);
}

// Two workers look for expired orders at the same time: what one has in hand is not offered.
TEST_F(MariaLocks, DeadlinesInSomebodysHandAreSkipped) {
    const auto sale = open_sale();
    const auto mine = order(sale, 1, "ann");
    const auto other = order(sale, 2, "bob");
    settle({mine, other});
    at(kNow + kPaymentWindow);
    hold(
        "SELECT place FROM orders WHERE place = 1 AND sale_id = " + std::to_string(sale.value())
    );
    const auto due = get(ledger().due(DueKind::kPaymentDeadlines, 9, kNever)).deadlines;
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].order, other.order);
    let_go();
    EXPECT_EQ(get(ledger().due(DueKind::kPaymentDeadlines, 9, kNever)).deadlines.size(), 2U);
}

}  // namespace
}  // namespace sluice
