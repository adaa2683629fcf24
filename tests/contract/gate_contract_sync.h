#pragma once
// Gate contract: sync. Included by gate_contract.h only.

#include "contract/gate_contract.h"

namespace sluice {

TYPED_TEST_P(GateContract, SyncReleasesTheHold) {
    this->load(this->image());
    this->reserve({this->request(1, "ann", 2), this->request(2, "bob")});
    EXPECT_EQ(this->sync(this->settled(6, 8, 1, "ann", 2)), SyncVerdict::kApplied);
    const auto seen = this->snapshot();
    EXPECT_EQ(seen.version, Version{6});
    EXPECT_EQ(seen.available, 8);
    EXPECT_EQ(seen.held, 1);
    EXPECT_EQ(this->letter(1), Letter::kSettled);
    EXPECT_EQ(this->letter(2), Letter::kHeld);
}

TYPED_TEST_P(GateContract, SyncIsIdempotent) {
    this->load(this->image());
    this->reserve({this->request(1, "ann", 2), this->request(2, "bob")});
    for (int time = 0; time < 3; ++time) this->sync(this->settled(6, 8, 1, "ann", 2));
    const auto seen = this->snapshot();
    EXPECT_EQ(seen.available, 8);
    EXPECT_EQ(seen.held, 1);
    EXPECT_EQ(this->reserve_one(this->request(3, "ann", 2)).left, 1);
}

TYPED_TEST_P(GateContract, SyncIsOrderInsensitive) {
    // Ann's first order settles, Bob's settles, Ann's is cancelled: in every order of arrival the
    // same end.
    std::vector<LedgerTruth> truths;
    truths.push_back(this->settled(6, 8, 1, "ann", 2));
    truths.push_back(this->settled(7, 7, 2, "bob", 1));
    truths.push_back(this->settled(8, 9, 1, "ann", 0));
    truths.back().finished[0].letter = Letter::kCancelled;
    std::vector<std::size_t> order{0, 1, 2};
    auto epoch = this->kEpoch;
    do {
        ASSERT_EQ(this->load(this->image(epoch)), LoadVerdict::kLoaded);
        this->reserve({this->request(1, "ann", 2), this->request(2, "bob")});
        for (const auto index : order) {
            auto truth = truths[index];
            truth.epoch = epoch;
            this->sync(truth);
        }
        const auto seen = this->snapshot();
        EXPECT_EQ(seen.version, Version{8});
        EXPECT_EQ(seen.available, 9);
        EXPECT_EQ(seen.held, 0);
        EXPECT_EQ(this->letter(1), Letter::kCancelled);
        EXPECT_EQ(this->letter(2), Letter::kSettled);
        EXPECT_EQ(this->reserve_one(this->request(3, "ann", 4)).left, 3);
        EXPECT_EQ(this->reserve_one(this->request(4, "bob", 3)).left, 2);
        epoch = next(epoch);
    } while (std::next_permutation(order.begin(), order.end()));
}

TYPED_TEST_P(GateContract, SyncOfAnotherEpochChangesNothing) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    for (const Epoch other : {Epoch{2}, Epoch{4}}) {
        auto truth = this->settled(9, 3, 1, "ann", 3);
        truth.epoch = other;
        EXPECT_EQ(this->sync(truth), SyncVerdict::kOtherEpoch);
    }
    const auto seen = this->snapshot();
    EXPECT_EQ(seen.version, Version{5});
    EXPECT_EQ(seen.available, 10);
    EXPECT_EQ(seen.held, 1);
    EXPECT_EQ(this->letter(1), Letter::kHeld);
}

TYPED_TEST_P(GateContract, BuyerTotalsFollowTheBuyersOwnVersion) {
    this->load(this->image());
    // A newer truth that does not name Ann must not hide an older one that does.
    this->sync(this->settled(8, 4, 9, "bob", 1));
    this->sync(this->settled(7, 5, 1, "ann", 3));
    EXPECT_EQ(this->verdict(this->request(2, "ann")), Verdict::kLimitReached);
    EXPECT_EQ(this->snapshot().version, Version{8});
    EXPECT_EQ(this->snapshot().available, 4);
    // And one that is older than Ann's own says nothing any more.
    this->sync(this->settled(6, 6, 1, "ann", 0));
    EXPECT_EQ(this->verdict(this->request(2, "ann")), Verdict::kLimitReached);
}

TYPED_TEST_P(GateContract, OlderTruthStillReleasesItsOrders) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    this->sync(this->truth(9, 9));
    this->sync(this->settled(6, 9, 1, "ann", 1));
    EXPECT_EQ(this->snapshot().held, 0);
    EXPECT_EQ(this->snapshot().version, Version{9});
    EXPECT_EQ(this->letter(1), Letter::kSettled);
}

TYPED_TEST_P(GateContract, LetterNeverMovesBack) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    auto cancelled = this->settled(7, 10, 1, "ann", 0);
    cancelled.finished[0].letter = Letter::kCancelled;
    this->sync(cancelled);
    this->sync(this->settled(6, 9, 1, "ann", 1));
    EXPECT_EQ(this->letter(1), Letter::kCancelled);
    EXPECT_EQ(this->verdict(this->request(1, "ann")), Verdict::kCancelled);
}

TYPED_TEST_P(GateContract, SyncRemembersOrdersItNeverHeld) {
    this->load(this->image());
    this->sync(this->settled(6, 9, 1, "ann", 1));
    EXPECT_EQ(this->letter(1), Letter::kSettled);
    EXPECT_EQ(this->verdict(this->request(1, "ann")), Verdict::kSettled);
    EXPECT_EQ(this->snapshot().held, 0);
}

TYPED_TEST_P(GateContract, CompensationGivesUnitsBack) {
    auto image = this->image();
    image.available = 1;
    this->load(image);
    this->reserve({this->request(1, "ann")});
    EXPECT_EQ(this->verdict(this->request(2, "bob")), Verdict::kSoldOut);
    auto rejected = this->settled(6, 1, 1, "ann", 0);
    rejected.finished[0].letter = Letter::kRejected;
    this->sync(rejected);
    EXPECT_EQ(this->verdict(this->request(2, "bob")), Verdict::kAccepted);
    EXPECT_EQ(this->verdict(this->request(1, "ann")), Verdict::kRejected);
}

TYPED_TEST_P(GateContract, BadTruthsChangeNothing) {
    this->load(this->image());
    this->reserve({this->request(1, "ann")});
    std::vector<LedgerTruth> bad(5, this->settled(6, 9, 1, "ann", 1));
    bad[0].finished.push_back({this->id(2), Letter::kHeld});
    bad[1].bought.push_back({BuyerId{""}, 1});
    bad[2].bought.push_back({BuyerId{"bob"}, -1});
    bad[3].available = -1;
    bad[4].finished.push_back({this->id(2, SaleId{8}), Letter::kSettled});
    for (const auto& truth : bad) {
        const auto synced = this->rig_.run(this->gate().sync(truth, this->soon()));
        ASSERT_FALSE(synced.ok());
        EXPECT_EQ(synced.error().code, Code::kInvalidField);
    }
    EXPECT_EQ(this->snapshot().version, Version{5});
    EXPECT_EQ(this->letter(1), Letter::kHeld);
}

}  // namespace sluice
