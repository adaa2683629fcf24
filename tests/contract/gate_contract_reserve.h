#pragma once
// Gate contract: reserve. Included by gate_contract.h only.

#include "contract/gate_contract.h"

namespace sluice {

TYPED_TEST_P(GateContract, AnswersNotLoadedBeforeTheFirstLoad) {
    const auto reply = this->reserve({this->request(1, "ann")});
    EXPECT_EQ(reply.answer, GateAnswer::kNotLoaded);
    EXPECT_TRUE(reply.admissions.empty());
    EXPECT_EQ(this->sync(this->truth(9, 4)), SyncVerdict::kNotLoaded);
    EXPECT_EQ(this->snapshot().answer, GateAnswer::kNotLoaded);  // sync made nothing
    EXPECT_TRUE(this->claim().empty());
    EXPECT_EQ(this->letter(1), std::nullopt);
}

TYPED_TEST_P(GateContract, AcceptsAndHolds) {
    ASSERT_EQ(this->load(this->image()), LoadVerdict::kLoaded);
    const auto now = this->rig_.now();
    const auto reply = this->reserve({this->request(1, "ann", 2)});
    EXPECT_EQ(reply.answer, GateAnswer::kOk);
    EXPECT_EQ(reply.epoch, this->kEpoch);
    ASSERT_EQ(reply.admissions.size(), 1U);
    EXPECT_EQ(reply.admissions[0].verdict, Verdict::kAccepted);
    EXPECT_EQ(reply.admissions[0].accepted_at, now);
    const auto seen = this->snapshot();
    EXPECT_EQ(seen.held, 2);
    EXPECT_EQ(seen.available, 10);  // the ledger's figure, untouched by a hold
    ASSERT_EQ(seen.held_orders.size(), 1U);
    const AcceptedOrder expected{this->id(1), BuyerId{"ann"}, 2, now, this->terms()};
    EXPECT_EQ(seen.held_orders[0].order, expected);
}

TYPED_TEST_P(GateContract, BatchSeesItsEarlierOrders) {
    auto image = this->image();
    image.available = 2;
    this->load(image);
    const auto reply =
        this->reserve({this->request(1, "ann"), this->request(2, "bob"), this->request(3, "cid")});
    ASSERT_EQ(reply.admissions.size(), 3U);
    EXPECT_EQ(reply.admissions[0].verdict, Verdict::kAccepted);
    EXPECT_EQ(reply.admissions[1].verdict, Verdict::kAccepted);
    EXPECT_EQ(reply.admissions[2].verdict, Verdict::kSoldOut);
    EXPECT_EQ(this->snapshot().held, 2);
}

TYPED_TEST_P(GateContract, SameOrderTwiceIsHeldOnce) {
    this->load(this->image());
    const auto reply = this->reserve({this->request(1, "ann"), this->request(1, "ann")});
    ASSERT_EQ(reply.admissions.size(), 2U);
    EXPECT_EQ(reply.admissions[0].verdict, Verdict::kAccepted);
    EXPECT_EQ(reply.admissions[1].verdict, Verdict::kHeld);
    EXPECT_EQ(this->snapshot().held, 1);
}

TYPED_TEST_P(GateContract, SoldOutSaysWhatIsLeft) {
    auto image = this->image();
    image.available = 2;
    this->load(image);
    const auto refused = this->reserve_one(this->request(1, "ann", 3));
    EXPECT_EQ(refused.verdict, Verdict::kSoldOut);
    EXPECT_EQ(refused.left, 2);
    EXPECT_EQ(this->letter(1), std::nullopt);  // a refusal leaves no trace
    EXPECT_EQ(this->verdict(this->request(1, "ann", 2)), Verdict::kAccepted);
    EXPECT_EQ(this->reserve_one(this->request(2, "bob")).left, 0);
}

TYPED_TEST_P(GateContract, LimitSaysWhatMayStillBeTaken) {
    this->load(this->image());
    EXPECT_EQ(this->verdict(this->request(1, "ann", 2)), Verdict::kAccepted);
    const auto refused = this->reserve_one(this->request(2, "ann", 2));
    EXPECT_EQ(refused.verdict, Verdict::kLimitReached);
    EXPECT_EQ(refused.left, 1);
    EXPECT_EQ(this->letter(2), std::nullopt);
    EXPECT_EQ(this->verdict(this->request(2, "ann", 1)), Verdict::kAccepted);
    EXPECT_EQ(this->verdict(this->request(3, "bob", 3)), Verdict::kAccepted);
}

TYPED_TEST_P(GateContract, LimitCountsBoughtAndHeld) {
    auto image = this->image();
    image.bought.push_back({BuyerId{"ann"}, 1});
    this->load(image);
    EXPECT_EQ(this->verdict(this->request(1, "ann", 3)), Verdict::kLimitReached);
    EXPECT_EQ(this->verdict(this->request(1, "ann", 1)), Verdict::kAccepted);
    // Settling moves a unit from held to bought: the sum is what it was.
    this->sync(this->settled(6, 9, 1, "ann", 2));
    EXPECT_EQ(this->verdict(this->request(2, "ann", 2)), Verdict::kLimitReached);
    EXPECT_EQ(this->verdict(this->request(2, "ann", 1)), Verdict::kAccepted);
}

TYPED_TEST_P(GateContract, LimitIsCheckedBeforeStock) {
    auto image = this->image();
    image.available = 0;
    this->load(image);
    EXPECT_EQ(this->verdict(this->request(1, "ann", 4)), Verdict::kLimitReached);
    EXPECT_EQ(this->verdict(this->request(1, "ann", 3)), Verdict::kSoldOut);
}

TYPED_TEST_P(GateContract, ReplayGivesTheFirstTermsAndTime) {
    this->load(this->image());
    const auto first = this->reserve_one(this->request(1, "ann", 2));
    this->rig_.pass(Millis{1'500});
    auto again = this->request(1, "ann", 2);
    again.terms = this->terms(9'999);
    const auto replay = this->reserve_one(again);
    EXPECT_EQ(replay.verdict, Verdict::kHeld);
    EXPECT_EQ(replay.accepted_at, first.accepted_at);
    EXPECT_EQ(replay.terms, this->terms());
    EXPECT_EQ(this->snapshot().held, 2);
}

TYPED_TEST_P(GateContract, ReplayComesBeforeWindowAndState) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    this->rig_.pass(2 * this->kHour);
    EXPECT_EQ(this->verdict(this->request(1, "ann")), Verdict::kHeld);
    EXPECT_EQ(this->verdict(this->request(2, "bob")), Verdict::kEnded);
    this->set_state(SaleState::kPaused, 3);
    EXPECT_EQ(this->verdict(this->request(1, "ann")), Verdict::kHeld);
    EXPECT_EQ(this->verdict(this->request(2, "bob")), Verdict::kPaused);
}

TYPED_TEST_P(GateContract, OtherQuantityIsAPayloadMismatch) {
    this->load(this->image());
    this->reserve({this->request(1, "ann", 2)});
    EXPECT_EQ(this->verdict(this->request(1, "ann", 1)), Verdict::kPayloadMismatch);
    EXPECT_EQ(this->snapshot().held, 2);
    this->sync(this->settled(6, 8, 1, "ann", 2));
    EXPECT_EQ(this->verdict(this->request(1, "ann", 1)), Verdict::kPayloadMismatch);
}

TYPED_TEST_P(GateContract, FinishedOrdersAnswerTheirLetter) {
    auto image = this->image();
    image.finished = {
        {this->id(1), Letter::kSettled, 1},
        {this->id(2), Letter::kCancelled, 1},
        {this->id(3), Letter::kRejected, 1}};
    this->load(image);
    EXPECT_EQ(this->verdict(this->request(1, "ann")), Verdict::kSettled);
    EXPECT_EQ(this->verdict(this->request(2, "ann")), Verdict::kCancelled);
    EXPECT_EQ(this->verdict(this->request(3, "ann")), Verdict::kRejected);
    EXPECT_EQ(this->snapshot().held, 0);
}

TYPED_TEST_P(GateContract, StateAndWindowShutTheDoor) {
    struct Row {
        SaleState state;
        Millis opens_in;
        Millis closes_in;
        Verdict expected;
    };
    const Row rows[] = {
        {SaleState::kDraft, -this->kHour, this->kHour, Verdict::kNotOpen},
        {SaleState::kPaused, -this->kHour, this->kHour, Verdict::kPaused},
        {SaleState::kClosed, -this->kHour, this->kHour, Verdict::kEnded},
        {SaleState::kOpen, Millis{1}, this->kHour, Verdict::kNotOpen},
        {SaleState::kOpen, Millis{0}, this->kHour, Verdict::kAccepted},
        {SaleState::kOpen, -this->kHour, Millis{1}, Verdict::kAccepted},
        {SaleState::kOpen, -this->kHour, Millis{0}, Verdict::kEnded},
    };
    auto epoch = this->kEpoch;
    for (const auto& row : rows) {
        auto image = this->image(epoch);
        image.state = row.state;
        image.opens_at = this->rig_.now() + row.opens_in;
        image.closes_at = this->rig_.now() + row.closes_in;
        ASSERT_EQ(this->load(image), LoadVerdict::kLoaded);
        EXPECT_EQ(this->verdict(this->request(1, "ann")), row.expected) << "row " << &row - rows;
        epoch = next(epoch);
    }
}

TYPED_TEST_P(GateContract, BadRequestsChangeNothing) {
    this->load(this->image());
    std::vector<ReserveRequest> bad(6, this->request(2, "bob"));
    bad[0].quantity = 0;
    bad[1].quantity = -1;
    bad[2].quantity = kOrderUnitsMax + 1;
    bad[3].buyer = BuyerId{""};
    bad[4].buyer = BuyerId{std::string(kBuyerIdBytesMax + 1, 'b')};
    bad[5].order = this->id(2, SaleId{8});
    for (const auto& request : bad) {
        const std::vector<ReserveRequest> batch{this->request(1, "ann"), request};
        const auto reply = this->rig_.run(this->gate().reserve(this->kSale, batch, this->soon()));
        ASSERT_FALSE(reply.ok());
        EXPECT_EQ(reply.error().code, Code::kInvalidField);
        EXPECT_EQ(this->snapshot().held, 0);  // the good neighbour was not taken either
    }
}

}  // namespace sluice
