#pragma once
// Gate contract: claim_stale, park, load, set_state, losing the server, retire. Included by
// gate_contract.h only.

#include "contract/gate_contract.h"

namespace sluice {

TYPED_TEST_P(GateContract, ClaimStaleWaitsAndDoubles) {
    auto image = this->image();
    image.closes_at = this->rig_.now() + 1'000 * this->kHour;
    this->load(image);
    this->reserve({this->request(1, "ann")});
    const std::vector<OrderId> one{this->id(1)};
    // Accepted, then claimed after 10 s, and again after 10, 20, 40 … s, at most 10 min.
    for (const int seconds : {10, 10, 20, 40, 80, 160, 320, 600, 600, 600}) {
        this->rig_.pass(Millis{seconds * 1'000 - 1});
        EXPECT_TRUE(this->claim().empty()) << seconds;
        this->rig_.pass(Millis{1});
        EXPECT_EQ(this->claim(), one) << seconds;
        EXPECT_TRUE(this->claim().empty()) << "the claim pushed it forward";
    }
}

TYPED_TEST_P(GateContract, ClaimStaleIsBoundedAndOldestFirst) {
    this->load(this->image());
    for (const unsigned number : {3U, 1U, 2U}) {
        this->reserve({this->request(number, "ann")});
        this->rig_.pass(Millis{10});
    }
    this->rig_.pass(Millis{20'000});
    EXPECT_EQ(this->claim(2), (std::vector<OrderId>{this->id(3), this->id(1)}));
    EXPECT_EQ(this->claim(2), (std::vector<OrderId>{this->id(2)}));
}

TYPED_TEST_P(GateContract, ClaimStaleCarriesEpochAndTerms) {
    this->load(this->image());
    const auto accepted_at = this->reserve_one(this->request(1, "ann", 2)).accepted_at;
    this->rig_.pass(Millis{10'000});
    const auto batch = this->rig_.run(this->gate().claim_stale(this->kSale, 10, this->soon()));
    ASSERT_TRUE(batch.ok());
    const AcceptedOrder order{this->id(1), BuyerId{"ann"}, 2, accepted_at, this->terms()};
    EXPECT_EQ(*batch, (OrderBatch{this->kSale, this->kEpoch, {order}}));
}

TYPED_TEST_P(GateContract, ClaimStaleRunsOnAfterTheWindow) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    this->set_state(SaleState::kClosed, 3);
    this->rig_.pass(2 * this->kHour);
    EXPECT_EQ(this->claim().size(), 1U);
}

TYPED_TEST_P(GateContract, ParkPushesForward) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    this->park({{this->id(1), this->kHour}});
    this->rig_.pass(this->kHour - Millis{1});
    EXPECT_TRUE(this->claim().empty());
    this->rig_.pass(Millis{1});
    EXPECT_EQ(this->claim().size(), 1U);
    EXPECT_EQ(this->snapshot().held, 1);  // parked units stay nobody else's
}

TYPED_TEST_P(GateContract, ParkIgnoresOtherEpochsAndOrders) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    this->park({{this->id(1), this->kHour}}, Epoch{2});
    this->park({{this->id(99), this->kHour}});
    this->rig_.pass(Millis{10'000});
    EXPECT_EQ(this->claim().size(), 1U);
    EXPECT_EQ(this->letter(99), std::nullopt);
}

TYPED_TEST_P(GateContract, LoadRefusesAnotherServer) {
    EXPECT_EQ(this->load_at(ServerId{"elsewhere"}, this->image()), LoadVerdict::kWrongServer);
    EXPECT_EQ(this->snapshot().answer, GateAnswer::kNotLoaded);
}

TYPED_TEST_P(GateContract, LoadRefusesAnEpochNotNewer) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    EXPECT_EQ(this->load(this->image(this->kEpoch)), LoadVerdict::kEpochNotNewer);
    EXPECT_EQ(this->load(this->image(Epoch{2})), LoadVerdict::kEpochNotNewer);
    EXPECT_EQ(this->snapshot().held, 1);
    EXPECT_EQ(this->snapshot().epoch, this->kEpoch);
}

TYPED_TEST_P(GateContract, LoadReplacesEverything) {
    this->load(this->image());
    this->reserve({this->request(1, "ann", 3)});
    EXPECT_EQ(this->load(this->image(Epoch{4})), LoadVerdict::kLoaded);
    const auto seen = this->snapshot();
    EXPECT_EQ(seen.epoch, Epoch{4});
    EXPECT_EQ(seen.held, 0);
    EXPECT_EQ(this->letter(1), std::nullopt);
    EXPECT_EQ(this->verdict(this->request(2, "ann", 3)), Verdict::kAccepted);
}

TYPED_TEST_P(GateContract, LoadBringsHeldLettersAndTotals) {
    auto image = this->image();
    const auto due_at = this->rig_.now() + Millis{5'000};
    const AcceptedOrder deferred{this->id(1), BuyerId{"ann"}, 2, this->rig_.now(), this->terms()};
    image.held.push_back({deferred, due_at, 0});
    image.finished.push_back({this->id(2), Letter::kSettled, 1});
    image.bought.push_back({BuyerId{"bob"}, 1});
    this->load(image);
    EXPECT_EQ(this->snapshot().held, 2);
    EXPECT_EQ(this->snapshot().state, SaleState::kOpen);
    EXPECT_EQ(this->snapshot().revision, Revision{2});
    EXPECT_EQ(this->verdict(this->request(1, "ann", 2)), Verdict::kHeld);
    EXPECT_EQ(this->verdict(this->request(2, "bob")), Verdict::kSettled);
    EXPECT_EQ(this->reserve_one(this->request(3, "bob", 3)).left, 2);
    EXPECT_EQ(this->reserve_one(this->request(3, "ann", 2)).left, 1);
    this->rig_.pass(Millis{5'000});
    EXPECT_EQ(this->claim(), (std::vector<OrderId>{this->id(1)}));
}

// What it was given, then how it ends.
class GivenRows final : public ImageSource {
public:
    explicit GivenRows(std::vector<ImageRows> pieces) : pieces_(std::move(pieces)) {}
    GivenRows(std::vector<ImageRows> pieces, Error end) : pieces_(std::move(pieces)), end_(std::move(end)) {}
    Task<Result<ImageRows>> next(Deadline) override {
        if (at_ < pieces_.size()) co_return std::move(pieces_[at_++]);
        if (end_) co_return *end_;
        co_return ImageRows{};
    }

private:
    std::vector<ImageRows> pieces_;
    std::size_t at_ = 0;
    std::optional<Error> end_;
};

TYPED_TEST_P(GateContract, StreamedLoadBringsEveryPiece) {
    auto image = this->image();
    for (const char* buyer : {"ann", "eve"}) {
        const auto number = static_cast<unsigned>(image.held.size()) + 1;
        const AcceptedOrder deferred{this->id(number), BuyerId{buyer}, 2, this->rig_.now(), this->terms()};
        image.held.push_back({deferred, this->rig_.now() + this->kHour, 0});
    }
    std::vector<ImageRows> pieces(4);
    pieces[0].finished = {{this->id(3), Letter::kSettled, 1}};
    pieces[1].finished = {{this->id(4), Letter::kCancelled, 2}, {this->id(5), Letter::kRejected, 1}};
    pieces[2].bought = {{BuyerId{"bob"}, 1}};
    pieces[3].bought = {{BuyerId{"ann"}, 1}};  // who holds something, too
    GateImageStream stream{image, std::make_shared<GivenRows>(std::move(pieces))};
    auto load = this->gate().load_stream(this->kSale, this->server(), std::move(stream), this->soon());
    EXPECT_EQ(this->rig_.run(std::move(load)).value(), LoadVerdict::kLoaded);
    EXPECT_EQ(this->snapshot().held, 4);
    for (const auto& [number, letter] : {std::pair{1U, Letter::kHeld}, {2U, Letter::kHeld}, {3U, Letter::kSettled},
                                         {4U, Letter::kCancelled}, {5U, Letter::kRejected}}) {
        EXPECT_EQ(this->letter(number), letter) << number;
    }
    EXPECT_EQ(this->reserve_one(this->request(6, "ann")).left, 0);
    EXPECT_EQ(this->reserve_one(this->request(6, "bob", 3)).left, 2);
    EXPECT_EQ(this->reserve_one(this->request(6, "eve", 2)).left, 1);
}

// Told ahead what the ledger had a while ago: the load decides, whatever was told.
TYPED_TEST_P(GateContract, LoadCorrectsWhatWasLoadedAhead) {
    std::vector<ImageRows> early(2);
    early[0].finished = {{this->id(3), Letter::kSettled, 1}, {this->id(4), Letter::kSettled, 2}};
    early[1].bought = {{BuyerId{"bob"}, 1}, {BuyerId{"eve"}, 3}, {BuyerId{"sue"}, 2}};
    auto telling = this->gate().load_ahead(
        this->kSale, this->server(), this->kEpoch, std::make_shared<GivenRows>(early), this->soon()
    );
    auto ahead = this->rig_.run(std::move(telling)).value();
    EXPECT_EQ(this->snapshot().answer, GateAnswer::kNotLoaded) << "it is not in use";

    auto image = this->image();
    const AcceptedOrder deferred{this->id(1), BuyerId{"sue"}, 1, this->rig_.now(), this->terms()};
    image.held.push_back({deferred, this->rig_.now() + this->kHour, 0});
    std::vector<ImageRows> pieces(2);
    pieces[0].finished = {
        {this->id(3), Letter::kSettled, 1}, {this->id(4), Letter::kCancelled, 2}, {this->id(5), Letter::kRejected, 1}};
    pieces[1].bought = {{BuyerId{"ann"}, 1}, {BuyerId{"bob"}, 1}, {BuyerId{"eve"}, 1}, {BuyerId{"sue"}, 2}};
    GateImageStream stream{image, std::make_shared<GivenRows>(std::move(pieces)), std::move(ahead)};
    auto load = this->gate().load_stream(this->kSale, this->server(), std::move(stream), this->soon());
    EXPECT_EQ(this->rig_.run(std::move(load)).value(), LoadVerdict::kLoaded);
    EXPECT_EQ(this->snapshot().held, 1);
    for (const auto& [number, letter] : {std::pair{1U, Letter::kHeld}, {3U, Letter::kSettled}, {4U, Letter::kCancelled},
                                         {5U, Letter::kRejected}}) {
        EXPECT_EQ(this->letter(number), letter) << number;
    }
    for (const auto& [buyer, left] : {std::pair{"ann", 1}, {"bob", 1}, {"eve", 1}}) {
        EXPECT_EQ(this->reserve_one(this->request(6, buyer, 3)).left, left + 1) << buyer;
    }
    EXPECT_EQ(this->verdict(this->request(6, "sue")), Verdict::kLimitReached) << "two bought, one held";
}

// A buyer's total went up and down again between what was told ahead and the load; the first of the two truths is late.
TYPED_TEST_P(GateContract, TruthFromBeforeTheLoadChangesNoTotal) {
    std::vector<ImageRows> rows(1);
    rows[0].bought = {{BuyerId{"bob"}, 1}};
    auto telling = this->gate().load_ahead(
        this->kSale, this->server(), this->kEpoch, std::make_shared<GivenRows>(rows), this->soon()
    );
    auto ahead = this->rig_.run(std::move(telling)).value();
    GateImageStream stream{this->image(), std::make_shared<GivenRows>(rows), std::move(ahead)};
    auto load = this->gate().load_stream(this->kSale, this->server(), std::move(stream), this->soon());
    EXPECT_EQ(this->rig_.run(std::move(load)).value(), LoadVerdict::kLoaded);
    const auto version = this->snapshot().version.value();
    EXPECT_EQ(this->sync(this->settled(version, 9, 1, "bob", 3)), SyncVerdict::kApplied);
    EXPECT_EQ(this->reserve_one(this->request(2, "bob", 3)).left, 2);
    EXPECT_EQ(this->sync(this->settled(version + 1, 9, 1, "bob", 3)), SyncVerdict::kApplied);
    EXPECT_EQ(this->verdict(this->request(2, "bob", 1)), Verdict::kLimitReached);
}

TYPED_TEST_P(GateContract, StreamThatFailsLoadsNothing) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    std::vector<ImageRows> pieces(1);
    pieces[0].finished = {{this->id(3), Letter::kSettled, 1}};
    GateImageStream stream{
        this->image(Epoch{4}), std::make_shared<GivenRows>(pieces, fail(Code::kTransient, "the ledger is gone"))};
    auto load = this->gate().load_stream(this->kSale, this->server(), std::move(stream), this->soon());
    const auto failed = this->rig_.run(std::move(load));
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code, Code::kTransient);
    EXPECT_EQ(this->snapshot().epoch, this->kEpoch);
    EXPECT_EQ(this->snapshot().held, 1);
    EXPECT_EQ(this->letter(3), std::nullopt);
}

TYPED_TEST_P(GateContract, StreamedLoadIsRefusedAsAnyOther) {
    const auto streamed = [this](ServerId server, GateImage image, ImageRows rows) {
        GateImageStream stream{std::move(image), std::make_shared<GivenRows>(std::vector{std::move(rows)})};
        return this->rig_.run(
            this->gate().load_stream(this->kSale, std::move(server), std::move(stream), this->soon())
        );
    };
    const ImageRows good{{{this->id(3), Letter::kSettled, 1}}, {}};
    EXPECT_EQ(streamed(ServerId{"elsewhere"}, this->image(), good).value(), LoadVerdict::kWrongServer);
    const ImageRows bad{{{this->id(3), Letter::kSettled, -1}}, {}};
    const auto refused = streamed(this->server(), this->image(), bad);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kInvalidField);
    EXPECT_EQ(this->snapshot().answer, GateAnswer::kNotLoaded);
    this->load(this->image());
    EXPECT_EQ(streamed(this->server(), this->image(Epoch{2}), good).value(), LoadVerdict::kEpochNotNewer);
    EXPECT_EQ(this->snapshot().epoch, this->kEpoch);
}

TYPED_TEST_P(GateContract, SetStateNeedsANewerRevision) {
    this->load(this->image());
    this->set_state(SaleState::kPaused, 2);
    EXPECT_EQ(this->snapshot().state, SaleState::kOpen);
    this->set_state(SaleState::kPaused, 4, Epoch{2});
    EXPECT_EQ(this->snapshot().state, SaleState::kOpen);
    this->set_state(SaleState::kPaused, 4);
    EXPECT_EQ(this->snapshot().state, SaleState::kPaused);
    this->set_state(SaleState::kOpen, 3);  // late
    EXPECT_EQ(this->snapshot().state, SaleState::kPaused);
    EXPECT_EQ(this->snapshot().revision, Revision{4});
}

TYPED_TEST_P(GateContract, LostServerIsNotLoaded) {
    const auto before = this->server();
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    this->rig_.lose_server();
    EXPECT_NE(this->server(), before);
    const auto reply = this->reserve({this->request(1, "ann")});
    EXPECT_NE(reply.answer, GateAnswer::kOk);
    EXPECT_TRUE(reply.admissions.empty());
    EXPECT_NE(this->snapshot().answer, GateAnswer::kOk);
    this->rig_.pass(Millis{20'000});
    EXPECT_TRUE(this->claim().empty());
    EXPECT_EQ(this->load_at(before, this->image(Epoch{4})), LoadVerdict::kWrongServer);
    EXPECT_EQ(this->load(this->image(Epoch{4})), LoadVerdict::kLoaded);
    EXPECT_EQ(this->verdict(this->request(1, "ann")), Verdict::kAccepted);
}

TYPED_TEST_P(GateContract, RetireOnlyClosedAndEmpty) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    this->retire();
    EXPECT_EQ(this->snapshot().answer, GateAnswer::kOk);  // open
    this->set_state(SaleState::kClosed, 3);
    this->retire();
    EXPECT_EQ(this->snapshot().answer, GateAnswer::kOk);  // something is held
    this->sync(this->settled(6, 9, 1, "ann", 1));
    this->retire(Epoch{2});
    EXPECT_EQ(this->snapshot().answer, GateAnswer::kOk);  // another epoch
    this->retire();
    EXPECT_EQ(this->snapshot().answer, GateAnswer::kNotLoaded);
    this->retire();  // again does no harm
}

TYPED_TEST_P(GateContract, FindHeldShowsOnlyHeldOrders) {
    this->load(this->image());
    this->reserve({this->request(1, "ann", 2)});
    const auto held = this->rig_.run(this->gate().find_held(this->id(1), this->soon())).value();
    ASSERT_TRUE(held.has_value());
    EXPECT_EQ(held->order.buyer, BuyerId{"ann"});
    EXPECT_EQ(held->order.quantity, 2);
    this->sync(this->settled(6, 8, 1, "ann", 2));
    for (const auto& order : {this->id(1), this->id(2), this->id(1, SaleId{8})}) {
        const auto none = this->rig_.run(this->gate().find_held(order, this->soon()));
        ASSERT_TRUE(none.ok());
        EXPECT_FALSE(none->has_value());
    }
}

TYPED_TEST_P(GateContract, BadImagesAndParksChangeNothing) {
    const AcceptedOrder order{this->id(1), BuyerId{"ann"}, 1, this->rig_.now(), this->terms()};
    std::vector<GateImage> bad(7, this->image());
    bad[0].sale = SaleId{8};
    bad[1].epoch = Epoch{0};
    bad[2].available = -1;
    bad[3].limit_per_buyer = 0;
    bad[4].finished.push_back({this->id(1), Letter::kHeld, 1});
    bad[5].held = {{order, this->rig_.now(), 0}, {order, this->rig_.now(), 0}};
    bad[6].held.push_back({order, this->rig_.now(), 0});
    bad[6].finished.push_back({this->id(1), Letter::kSettled, 1});
    for (const auto& image : bad) {
        const auto loaded =
            this->rig_.run(this->gate().load(this->kSale, this->server(), image, this->soon()));
        ASSERT_FALSE(loaded.ok()) << "image " << &image - bad.data();
        EXPECT_EQ(loaded.error().code, Code::kInvalidField);
        EXPECT_EQ(this->snapshot().answer, GateAnswer::kNotLoaded);
    }
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    const std::vector<ParkedOrder> parks{{this->id(1), this->kHour}, {this->id(1), Millis{-1}}};
    const auto parked =
        this->rig_.run(this->gate().park(this->kSale, this->kEpoch, parks, this->soon()));
    ASSERT_FALSE(parked.ok());
    this->rig_.pass(Millis{10'000});
    EXPECT_EQ(this->claim().size(), 1U);
}

}  // namespace sluice
