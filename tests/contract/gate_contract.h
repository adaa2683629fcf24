#pragma once
// What every Gate does (docs/protocol.md §3), written only against the port. A Rig gives a fresh
// gate per test:
//     Gate& gate();                          the gate under test, empty
//     template <class T> T run(Task<T>);     runs a call to its end
//     WallTime now();                        the time that the gate's server sees
//     void pass(Millis);                     lets that time pass
//     void lose_server();                    the server loses everything, as in a restart; gate()
//     may be another one
//
//     INSTANTIATE_TYPED_TEST_SUITE_P(Memory, GateContract, MemoryGateRig);

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/gate.h"

namespace sluice {

template <class Rig>
class GateContract : public testing::Test {
protected:
    static constexpr SaleId kSale{7};
    static constexpr Epoch kEpoch{3};
    static constexpr Millis kHour{3'600'000};

    static OrderId id(unsigned number, SaleId sale = kSale) {
        std::array<std::uint8_t, 12> entropy{};
        entropy[10] = static_cast<std::uint8_t>(number >> 8U);
        entropy[11] = static_cast<std::uint8_t>(number & 0xffU);
        return OrderId::compose(sale, entropy);
    }
    static Terms terms(std::int64_t price = 1'000) {
        return Terms{Cents{price}, Currency{}, Millis{60'000}};
    }
    static ReserveRequest request(unsigned number, const char* buyer, Units quantity = 1) {
        return ReserveRequest{id(number), BuyerId{buyer}, quantity, terms()};
    }

    // An open sale of 10 units, 3 per buyer, at version 5, in the middle of its window.
    GateImage image(Epoch epoch = kEpoch) {
        GateImage image;
        image.sale = kSale;
        image.epoch = epoch;
        image.version = Version{5};
        image.available = 10;
        image.limit_per_buyer = 3;
        image.opens_at = rig_.now() - kHour;
        image.closes_at = rig_.now() + kHour;
        image.state = SaleState::kOpen;
        image.revision = Revision{2};
        return image;
    }
    // What the ledger says after a change, for sync.
    static LedgerTruth truth(std::uint64_t version, Units available) {
        LedgerTruth truth;
        truth.sale = kSale;
        truth.epoch = kEpoch;
        truth.version = Version{version};
        truth.available = available;
        return truth;
    }
    static LedgerTruth settled(
        std::uint64_t version, Units available, unsigned number, const char* buyer, Units bought
    ) {
        auto said = truth(version, available);
        said.finished.push_back({id(number), Letter::kSettled});
        said.bought.push_back({BuyerId{buyer}, bought});
        return said;
    }

    Deadline soon() const { return Deadline::never(); }
    Gate& gate() { return rig_.gate(); }
    ServerId server() { return rig_.run(gate().server_of(kSale, soon())).value(); }
    LoadVerdict load(GateImage image) { return load_at(server(), std::move(image)); }
    LoadVerdict load_at(ServerId expected, GateImage image) {
        return rig_.run(gate().load(kSale, std::move(expected), std::move(image), soon())).value();
    }
    ReserveReply reserve(std::vector<ReserveRequest> requests) {
        return rig_.run(gate().reserve(kSale, std::move(requests), soon())).value();
    }
    Admission reserve_one(ReserveRequest request) {
        const auto reply = reserve({std::move(request)});
        EXPECT_EQ(reply.admissions.size(), 1U);
        return reply.admissions.empty() ? Admission{} : reply.admissions.front();
    }
    Verdict verdict(ReserveRequest request) { return reserve_one(std::move(request)).verdict; }
    SyncVerdict sync(LedgerTruth truth) {
        return rig_.run(gate().sync(std::move(truth), soon())).value();
    }
    // The figures alone must say the same.
    GateSnapshot snapshot() {
        auto seen = rig_.run(gate().snapshot(kSale, soon())).value();
        EXPECT_EQ(rig_.run(gate().figures(kSale, soon())).value(), static_cast<GateFigures&>(seen));
        return seen;
    }
    std::vector<OrderId> claim(std::size_t orders_max = 100) {
        const auto batch = rig_.run(gate().claim_stale(kSale, orders_max, soon())).value();
        std::vector<OrderId> orders;
        for (const auto& order : batch.orders) orders.push_back(order.order);
        return orders;
    }
    void park(std::vector<ParkedOrder> orders, Epoch epoch = kEpoch) {
        const auto parked = rig_.run(gate().park(kSale, epoch, std::move(orders), soon()));
        EXPECT_TRUE(parked.ok());
    }
    void set_state(SaleState state, std::uint64_t revision, Epoch epoch = kEpoch) {
        const auto set =
            rig_.run(gate().set_state(kSale, epoch, Revision{revision}, state, soon()));
        EXPECT_TRUE(set.ok());
    }
    void retire(Epoch epoch = kEpoch) {
        EXPECT_TRUE(rig_.run(gate().retire(kSale, epoch, soon())).ok());
    }
    std::optional<Letter> letter(unsigned number) {
        const auto known = rig_.run(gate().letters(kSale, {id(number)}, soon())).value();
        if (known.empty()) return std::nullopt;
        return known.front().letter;
    }

    Rig rig_;
};

TYPED_TEST_SUITE_P(GateContract);

}  // namespace sluice

#include "contract/gate_contract_lifecycle.h"
#include "contract/gate_contract_reserve.h"
#include "contract/gate_contract_sync.h"

namespace sluice {

REGISTER_TYPED_TEST_SUITE_P(
    GateContract,
    // reserve
    AnswersNotLoadedBeforeTheFirstLoad, AcceptsAndHolds, BatchSeesItsEarlierOrders,
    SameOrderTwiceIsHeldOnce, SoldOutSaysWhatIsLeft, LimitSaysWhatMayStillBeTaken,
    LimitCountsBoughtAndHeld, LimitIsCheckedBeforeStock, ReplayGivesTheFirstTermsAndTime,
    ReplayComesBeforeWindowAndState, OtherQuantityIsAPayloadMismatch,
    FinishedOrdersAnswerTheirLetter, StateAndWindowShutTheDoor, BadRequestsChangeNothing,
    // sync
    SyncReleasesTheHold, SyncIsIdempotent, SyncIsOrderInsensitive, SyncOfAnotherEpochChangesNothing,
    BuyerTotalsFollowTheBuyersOwnVersion, OlderTruthStillReleasesItsOrders, LetterNeverMovesBack,
    SyncRemembersOrdersItNeverHeld, CompensationGivesUnitsBack, BadTruthsChangeNothing,
    // lifecycle
    ClaimStaleWaitsAndDoubles, ClaimStaleIsBoundedAndOldestFirst, ClaimStaleCarriesEpochAndTerms,
    ClaimStaleRunsOnAfterTheWindow, ParkPushesForward, ParkIgnoresOtherEpochsAndOrders,
    LoadRefusesAnotherServer, LoadRefusesAnEpochNotNewer, LoadReplacesEverything,
    LoadBringsHeldLettersAndTotals, StreamedLoadBringsEveryPiece, LoadCorrectsWhatWasLoadedAhead,
    TruthFromBeforeTheLoadChangesNoTotal, StreamThatFailsLoadsNothing,
    StreamedLoadIsRefusedAsAnyOther, SetStateNeedsANewerRevision, LostServerIsNotLoaded,
    RetireOnlyClosedAndEmpty, FindHeldShowsOnlyHeldOrders, BadImagesAndParksChangeNothing
);

}  // namespace sluice
