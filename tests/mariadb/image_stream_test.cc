// A gate image that is loaded while it is read: what the reader gets whoever is faster, and what becomes of the session.

#include "adapters/mariadb/image_stream.h"

#include <set>
#include <thread>

#include "mariadb/shop.h"

namespace sluice {
namespace {

constexpr std::size_t kOrders = 2 * maria::kPieceRows + 1;

class MariaImageStream : public MariaFaultTest {
protected:
    // A sale with that many finished orders, each of a buyer of its own; its gate is to be loaded.
    MariaImageStream() : sale_(open_sale(20'000, 1)), epoch_(get(ledger().begin_epoch(sale_, kNever))) {
        truth(*plan_seal(snapshot(sale_, {}), Epoch{1}));
        const auto connection = server().connect();
        const auto sale = std::to_string(sale_.value());
        const auto rows = " FROM seq_1_to_" + std::to_string(kOrders);
        connection->execute(
            "INSERT INTO orders (sale_id, place, order_id, buyer, quantity, price, currency, payment_window, state, reason,"
            " accepted_at, settled_at, deadline_at) SELECT " + sale +
            ", seq, UNHEX(LPAD(HEX(seq), 32, '0')), CONCAT('b', seq), 1, 5, 'EUR', 1000, 'awaiting_payment', '', 1, 1, 1" + rows
        );
        connection->execute(
            "INSERT INTO buyer_totals (sale_id, buyer, bought) SELECT " + sale + ", CONCAT('b', seq), 1" + rows
        );
    }
    GateImageStream stream() { return get(ledger().stream_image(sale_, epoch_, kNever)); }

    const SaleId sale_;
    const Epoch epoch_;
};

TEST_F(MariaImageStream, ComesInPiecesAndWhole) {
    const auto open = stream();
    std::set<OrderId> orders;
    std::set<std::string> buyers;
    std::size_t pieces = 0;
    for (;;) {
        const auto rows = get(open.rows->next(kNever));
        if (rows.empty()) break;
        EXPECT_LE(rows.finished.size() + rows.bought.size(), maria::kPieceRows);
        for (const auto& order : rows.finished) orders.insert(order.order);
        for (const auto& total : rows.bought) buyers.insert(total.buyer.value());
        ++pieces;
    }
    EXPECT_EQ(orders.size(), kOrders);
    EXPECT_EQ(buyers.size(), kOrders);
    EXPECT_EQ(pieces, 6U);
    EXPECT_TRUE(get(open.rows->next(kNever)).empty()) << "it stays at its end";
}

TEST_F(MariaImageStream, IsOneSnapshotWhateverComesMeanwhile) {
    const auto open = stream();
    (void)get(open.rows->next(kNever));
    server().connect()->execute("UPDATE orders SET state = 'cancelled', reason = 'expired' WHERE place > 6000");
    for (;;) {
        const auto rows = get(open.rows->next(kNever));
        if (rows.empty()) break;
        for (const auto& order : rows.finished) ASSERT_EQ(order.letter, Letter::kSettled);
    }
}

TEST_F(MariaImageStream, RowsAheadAreThoseOfTheImage) {
    GateImageStream ahead{{}, get(ledger().stream_rows(sale_, kNever))};
    const auto rows = get(collect(std::move(ahead), kNever));
    const auto image = get(ledger().gate_image(sale_, epoch_, kNever));
    EXPECT_EQ(rows.finished.size(), kOrders);
    EXPECT_EQ(rows.finished, image.finished);
    EXPECT_EQ(rows.bought, image.bought);
}

TEST_F(MariaImageStream, WhoLetsGoOfItLeavesTheSessionsUsable) {
    for (int times = 0; times < 20; ++times) {  // more often than there are sessions
        const auto open = stream();
        if (times % 2 == 1) (void)get(open.rows->next(kNever));
    }
    EXPECT_EQ(get(ledger().read_catalogue(kNever)).sales.size(), 1U);
    EXPECT_EQ(get(ledger().gate_image(sale_, epoch_, kNever)).finished.size(), kOrders);
}

maria::ImageLine::Piece piece(std::size_t orders) {
    return {std::vector<KnownOrder>(orders, KnownOrder{OrderId{}, Letter::kSettled, 1}), {}};
}

class ImageLineTest : public MariaFaultTest {
protected:
    Result<ImageRows> take() { return process().run(line_.take()); }
    maria::ImageLine line_;
};

TEST_F(ImageLineTest, KeepsWhatWasPutBeforeItEndsInAnError) {
    EXPECT_TRUE(line_.put(piece(1)));
    EXPECT_TRUE(line_.put(piece(2)));
    line_.finish(fail(Code::kTransient, "lost"));
    EXPECT_EQ(take()->finished.size(), 1U);
    EXPECT_EQ(take()->finished.size(), 2U);
    for (int times = 0; times < 2; ++times) {
        const auto end = take();
        ASSERT_FALSE(end.ok());
        EXPECT_EQ(end.error().code, Code::kTransient);
    }
}

TEST_F(ImageLineTest, WhoWaitsIsGivenThePieceOrTheEnd) {
    for (const std::size_t orders : {3U, 0U}) {
        std::thread lane([&] {
            if (orders == 0) {
                line_.finish(Done{});
            } else {
                EXPECT_TRUE(line_.put(piece(orders)));
            }
        });
        EXPECT_EQ(take()->finished.size(), orders);
        lane.join();
    }
}

TEST_F(ImageLineTest, TellsTheLaneThatNobodyWantsMore) {
    EXPECT_TRUE(line_.put(piece(1)));
    line_.leave();
    EXPECT_FALSE(line_.put(piece(1)));
}

}  // namespace
}  // namespace sluice
