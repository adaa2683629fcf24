// The answer to COMMIT is lost: nobody knows, and the repeat finds out.

#include "mariadb/proxy.h"
#include "mariadb/shop.h"

namespace sluice {
namespace {

class MariaCommit : public MariaFaultTest {
protected:
    // A process whose connection goes through a proxy.
    MariaPoolOptions through_proxy() {
        MariaPoolOptions options;
        options.endpoint = server().endpoint();
        options.endpoint.port = proxy_.port();
        options.writers = 1;
        options.readers = 1;
        return options;
    }
    Outcome apply_through_proxy(LedgerChange change) {
        return far_.run(far_.ledger().apply(std::move(change), kNever));
    }

    CommitProxy proxy_{server().server().port()};
    MariaProcess far_{through_proxy()};
};

TEST_F(MariaCommit, LostReplyIsUnknownAndTheVersionDecidesOnRepeat) {
    const auto sale = open_sale();
    const auto change = one_order(sale, 1);
    proxy_.arm(CommitProxy::Cut::kReply);
    EXPECT_EQ(code_of(apply_through_proxy(change)), Code::kOutcomeUnknown);
    EXPECT_EQ(proxy_.cuts(), 1);
    EXPECT_EQ(state(change.insert[0].order.order), OrderState::kAwaitingPayment);
    EXPECT_TRUE(far_.log().contains("COMMIT", LogLevel::kError));

    const auto again = apply_through_proxy(change);
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(is_conflict(*again, Conflict::kVersion));
    EXPECT_EQ(plan({change.insert[0].order}).decisions[0], Settlement::kDuplicate);
    expect_untouched(sale, Version{2}, 9);
}

TEST_F(MariaCommit, LostReplyIsUnknownAndTheUniqueKeyDecidesWhenForced) {
    const auto sale = open_sale();
    auto change = one_order(sale, 1);
    proxy_.arm(CommitProxy::Cut::kReply);
    EXPECT_EQ(code_of(apply_through_proxy(change)), Code::kOutcomeUnknown);
    change.expected = Version{2};
    const auto again = apply_through_proxy(change);
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(is_conflict(*again, Conflict::kRows));
    expect_untouched(sale, Version{2}, 9);
}

TEST_F(MariaCommit, LostRequestIsUnknownAsWellAndTheRepeatSucceeds) {
    const auto sale = open_sale();
    const auto change = one_order(sale, 1);
    proxy_.arm(CommitProxy::Cut::kRequest);
    EXPECT_EQ(code_of(apply_through_proxy(change)), Code::kOutcomeUnknown);
    EXPECT_FALSE(row(change.insert[0].order.order));
    const auto again = apply_through_proxy(change);
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(std::holds_alternative<LedgerTruth>(*again));
    expect_untouched(sale, Version{2}, 9);
}

TEST_F(MariaCommit, PaymentInDoubtIsTheSamePaymentOnRepeat) {
    const auto sale = open_sale();
    const auto mine = order(sale, 1, "ann");
    settle({mine});
    const auto pay = [&] {
        return far_.run(far_.ledger().record_payment(payment("p1", mine), kNever));
    };
    proxy_.arm(CommitProxy::Cut::kReply);
    const auto lost = pay();
    ASSERT_FALSE(lost.ok());
    EXPECT_EQ(lost.error().code, Code::kOutcomeUnknown);
    const auto again = pay();
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->payment.state, PaymentState::kApplied);
    EXPECT_EQ(again->order->state, OrderState::kPaid);
}

// What was read is known, whatever becomes of the connection afterwards.
TEST_F(MariaCommit, LostEndOfASnapshotLosesNothing) {
    const auto sale = open_sale();
    proxy_.arm(CommitProxy::Cut::kReply);
    SnapshotQuery query{sale, {}, {}};
    const auto shown = far_.run(far_.ledger().snapshot(std::move(query), kNever));
    ASSERT_TRUE(shown.ok());
    EXPECT_EQ(proxy_.cuts(), 1);
    EXPECT_EQ(shown->version, Version{1});
}

}  // namespace
}  // namespace sluice
