// The server dies, stops in its tracks, fills up or turns read-only, in the middle of work.

#include <atomic>
#include <thread>

#include "adapters/mariadb/migrations.h"
#include "domain/retry_policy.h"
#include "mariadb/shop.h"

namespace sluice {
namespace {

class MariaServerFaults : public ::testing::Test {
protected:
    static constexpr Deadline kNever = Deadline::never();
    static constexpr std::size_t kBatch = 5;

    void SetUp() override {
        if (!server_.server().running()) {
            ASSERT_TRUE(server_.server().restart().ok());
        }
        server_.clear();
        process_.emplace(options());
    }
    MariaPoolOptions options() {
        MariaPoolOptions options;
        options.endpoint = server_.endpoint();
        options.timeouts.silence = std::chrono::seconds{1};
        options.timeouts.connect = std::chrono::seconds{1};
        options.timeouts.lock_wait = std::chrono::seconds{10};  // another thread's turn is no fault
        options.writers = 1;
        options.readers = 1;
        return options;
    }
    SaleId new_sale() {
        auto& sales = process_->sales();
        Shop shop{ShopId{}, "Corner shop", "food", "Leeds"};
        const auto shop_id = process_->run(sales.create_shop(std::move(shop), kNever));
        Goods tea{GoodsId{}, *shop_id, "Tea", "Loose leaf", Cents{500}, Currency{}};
        const auto goods = process_->run(sales.create_goods(std::move(tea), kNever));
        NewSale sale;
        sale.goods = *goods;
        sale.units = 1'000'000;
        sale.limit_per_buyer = 10;
        sale.opens_at = wall_from_ms(0);
        sale.closes_at = wall_from_ms(4'000'000'000'000);
        sale.terms = terms();
        const AuditNote note{"tester", "test", "sale", "because"};
        return *process_->run(sales.create_sale(std::move(sale), note, kNever));
    }
    static Terms terms() {
        Terms terms;
        terms.price = Cents{500};
        terms.payment_window = Millis{60'000};
        return terms;
    }
    static AcceptedOrder order(SaleId sale, std::uint32_t number) {
        std::array<std::uint8_t, 12> entropy{};
        for (std::size_t i = 0; i < 4; ++i) {
            entropy[11 - i] = static_cast<std::uint8_t>(number >> (8 * i));
        }
        AcceptedOrder order;
        order.order = OrderId::compose(sale, entropy);
        order.buyer = BuyerId{"buyer-" + std::to_string(number % 1'000)};
        order.quantity = 1;
        order.accepted_at = wall_from_ms(1);
        order.terms = terms();
        return order;
    }
    // Settles the orders [first, first + kBatch) as a worker would; nullopt: a conflict, plan
    // again.
    static Result<std::optional<LedgerTruth>> settle(
        MariaProcess& process, SaleId sale, std::uint32_t first
    ) {
        SnapshotQuery query;
        query.sale = sale;
        std::vector<RunOrder> run;
        for (std::uint32_t i = 0; i < kBatch; ++i) {
            run.push_back({order(sale, first + i), Epoch{1}});
            query.orders.push_back(run.back().order.order);
            query.buyers.push_back(run.back().order.buyer);
        }
        auto shown = process.run(process.ledger().snapshot(std::move(query), kNever));
        if (!shown.ok()) return shown.error();
        auto planned = plan_settlement(*shown, run);
        auto applied = process.run(process.ledger().apply(std::move(*planned.change), kNever));
        if (!applied.ok()) return applied.error();
        if (auto* truth = std::get_if<LedgerTruth>(&*applied))
            return std::optional{std::move(*truth)};
        return std::optional<LedgerTruth>{};
    }

    TestServer& server_ = TestServer::fragile();
    std::optional<MariaProcess> process_;
};

// What one thread was told before the server died.
struct Told {
    std::vector<std::uint32_t> settled;  // first order of each batch
    std::optional<std::uint32_t> in_doubt;
    Code last = Code::kInternal;
};

TEST_F(MariaServerFaults, KilledServerKeepsEveryAnswerAndNoHalfChange) {
    constexpr int kRounds = 3;
    constexpr std::uint32_t kThreads = 4;
    constexpr int kBatchesBeforeKill = 40;
    const std::array sales{new_sale(), new_sale()};
    int answered = 0;
    int in_doubt = 0;
    for (int round = 0; round < kRounds; ++round) {
        std::atomic<int> done{0};
        std::array<Told, kThreads> told;
        std::vector<std::thread> threads;
        for (std::uint32_t t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t] {
                MariaProcess mine(options());
                auto first = (static_cast<std::uint32_t>(round) * kThreads + t) * 100'000;
                for (;;) {
                    const auto truth = settle(mine, sales[t % 2], first);
                    if (!truth.ok()) {
                        told[t].in_doubt = first;
                        told[t].last = truth.error().code;
                        return;
                    }
                    if (!*truth) continue;
                    told[t].settled.push_back(first);
                    first += kBatch;
                    ++done;
                }
            });
        }
        while (done < kBatchesBeforeKill) std::this_thread::yield();
        EXPECT_TRUE(server_.server().kill());
        for (auto& thread : threads) thread.join();
        ASSERT_TRUE(server_.server().restart().ok());

        const auto looker = server_.connect();
        const auto rows_of = [&](SaleId sale, std::uint32_t first) {
            std::size_t rows = 0;
            for (std::uint32_t i = 0; i < kBatch; ++i) {
                auto row =
                    looker->prepare("SELECT 1 FROM orders WHERE sale_id = ? AND order_id = ?");
                rows += row.query(sale, order(sale, first + i).order).next() ? 1 : 0;
            }
            return rows;
        };
        for (std::uint32_t t = 0; t < kThreads; ++t) {
            for (const auto first : told[t].settled) {
                EXPECT_EQ(rows_of(sales[t % 2], first), kBatch) << "answered, but not whole";
            }
            const auto rows = rows_of(sales[t % 2], *told[t].in_doubt);
            EXPECT_TRUE(rows == 0 || rows == kBatch) << rows;
            // Only an answer to COMMIT that did not come may hide a change that was kept.
            const bool may_be_there = told[t].last == Code::kOutcomeUnknown;
            EXPECT_TRUE(may_be_there || rows == 0);
            EXPECT_TRUE(
                told[t].last == Code::kOutcomeUnknown || told[t].last == Code::kTransient ||
                told[t].last == Code::kUnavailable
            ) << to_string(fail(told[t].last));
            answered += static_cast<int>(told[t].settled.size());
            in_doubt += told[t].last == Code::kOutcomeUnknown ? 1 : 0;
        }
        EXPECT_EQ(broken_laws(*looker), "");
    }
    GTEST_LOG_(INFO) << answered << " changes answered, " << in_doubt << " in doubt";
}

TEST_F(MariaServerFaults, MigrationGoesOnAfterTheServerWasKilledInTheMiddle) {
    server_.recreate_database();
    std::thread migrating([&] { EXPECT_FALSE(migrate(server_.endpoint()).ok()); });
    const auto looker = server_.connect();
    const auto steps = [&] {
        try {
            auto row = looker->prepare("SELECT statements_done FROM schema_migrations");
            row.execute();
            return row.next() ? row.get<int>(0) : 0;
        } catch (const maria::SqlError&) {
            return 0;  // not even begun
        }
    };
    while (steps() < 4) {
    }
    EXPECT_TRUE(server_.server().kill());
    migrating.join();
    ASSERT_TRUE(server_.server().restart().ok());
    const auto repeated = migrate(server_.endpoint());
    EXPECT_TRUE(repeated.ok()) << to_string(repeated.error());
    EXPECT_EQ(*schema_difference(server_.endpoint()), "");
}

TEST_F(MariaServerFaults, RestartedServerIsFoundAgainByTheSameProcess) {
    const auto sale = new_sale();
    EXPECT_TRUE(settle(*process_, sale, 0).ok());
    EXPECT_TRUE(server_.server().kill());
    const auto down = settle(*process_, sale, 5);
    ASSERT_FALSE(down.ok());
    EXPECT_EQ(classify(down.error()), FailureClass::kUnavailable) << to_string(down.error());
    ASSERT_TRUE(server_.server().restart().ok());
    EXPECT_TRUE(settle(*process_, sale, 5).ok());
    EXPECT_TRUE(process_->log().contains("does not answer", LogLevel::kWarn));
    EXPECT_TRUE(process_->log().contains("answers again"));
}

TEST_F(MariaServerFaults, StoppedServerEndsCallsByTheirTimeouts) {
    const auto sale = new_sale();
    EXPECT_TRUE(settle(*process_, sale, 0).ok());
    auto change = plan_settlement(
                      *process_->run(process_->ledger().snapshot({sale, {}, {}}, kNever)),
                      std::array{RunOrder{order(sale, 77), Epoch{1}}}
    ).change;
    ASSERT_TRUE(server_.server().pause());
    const auto before = process_->clock().now();
    const auto read = process_->run(process_->ledger().read_catalogue(kNever));
    const auto write = process_->run(process_->ledger().apply(*change, kNever));
    const auto took = process_->clock().now() - before;
    EXPECT_TRUE(server_.server().resume());
    ASSERT_FALSE(read.ok());
    ASSERT_FALSE(write.ok());
    EXPECT_TRUE(read.error().code == Code::kUnavailable || read.error().code == Code::kTransient)
        << to_string(read.error());
    EXPECT_TRUE(write.error().code == Code::kUnavailable || write.error().code == Code::kTransient)
        << to_string(write.error());
    EXPECT_LT(took, std::chrono::seconds{30});  // four timeouts of one second, and a slow machine
    EXPECT_TRUE(process_->run(process_->ledger().read_catalogue(kNever)).ok());
    EXPECT_TRUE(process_->run(process_->ledger().apply(*change, kNever)).ok());
    EXPECT_EQ(broken_laws(*server_.connect()), "");
}

TEST_F(MariaServerFaults, FullServerIsUnavailableUntilThereIsRoom) {
    const auto sale = new_sale();
    process_.emplace(options());  // without a session yet
    std::vector<std::unique_ptr<maria::Connection>> others;
    for (bool full = false; !full;) {
        auto opened = maria::Connection::open(server_.endpoint(), {}, maria::Role::kWriter);
        full = !opened.ok();
        if (full) {
            EXPECT_EQ(opened.error().code, Code::kUnavailable);
        } else {
            others.push_back(std::move(*opened));
        }
    }
    const auto refused = settle(*process_, sale, 0);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kUnavailable) << to_string(refused.error());
    others.clear();
    for (bool room = false; !room;) room = settle(*process_, sale, 0).ok();  // it takes a moment
    EXPECT_EQ(broken_laws(*server_.connect()), "");
}

TEST_F(MariaServerFaults, ServerThatTurnedReadOnlyGivesNoLeaseAndTakesNoOrder) {
    const auto sale = new_sale();
    EXPECT_TRUE(settle(*process_, sale, 0).ok());
    server_.administer("SET GLOBAL read_only = 1");
    const auto lease = process_->run(process_->ledger().read_catalogue(kNever));
    const auto write = settle(*process_, sale, 5);
    server_.administer("SET GLOBAL read_only = 0");
    ASSERT_FALSE(lease.ok());
    EXPECT_EQ(lease.error().code, Code::kUnavailable);
    ASSERT_FALSE(write.ok());
    EXPECT_EQ(write.error().code, Code::kUnavailable) << to_string(write.error());
    EXPECT_TRUE(settle(*process_, sale, 5).ok());
}

}  // namespace
}  // namespace sluice
