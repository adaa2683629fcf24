#include "cache/existence_horizon.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::cache {
namespace {

using std::chrono::seconds;

Instant at(int second) { return Instant{seconds(second)}; }

Horizon horizon(int late_s, std::uint64_t growth = 100) {
    Horizon made;
    made.late_commit_max = seconds(late_s);
    made.trusted_for = seconds(10);
    made.growth = growth;
    return made;
}

TEST(Horizon, TheFirstScanSettlesNothingBecauseRowsMayStillComeLate) {
    auto h = horizon(10);
    h.scanned(at(100), at(101), 5000);
    EXPECT_EQ(h.settled, 0U);
    EXPECT_EQ(h.newest, 5000U);
    EXPECT_EQ(h.ceiling(), 5100U);
}

TEST(Horizon, SettlesWhatWasHandedOutLongerAgoThanATransactionMayTake) {
    auto h = horizon(10);
    h.scanned(at(100), at(101), 5000);
    EXPECT_EQ(h.scan_after(at(110)), 5000U);  // 9 s after the mark: only what is new
    h.scanned(at(110), at(110), 5040);
    EXPECT_EQ(h.settled, 0U);
    EXPECT_EQ(h.scan_after(at(111)), 0U);  // 10 s: everything that may have come late
    h.scanned(at(111), at(112), 5050);
    EXPECT_EQ(h.settled, 5000U);
    EXPECT_EQ(h.newest, 5050U);
    EXPECT_EQ(h.scan_after(at(121)), 5050U);
    EXPECT_EQ(h.scan_after(at(122)), 5000U);
    h.scanned(at(122), at(122), 5050);
    EXPECT_EQ(h.settled, 5050U);
}

TEST(Horizon, AScanThatBeganBeforeTheMarkWasRipeDoesNotSettleIt) {
    auto h = horizon(10);
    h.scanned(at(100), at(101), 50);
    h.scanned(
        at(110), at(200), 60
    );  // took long; a row handed out at 101 may have been committed at 111, unseen
    EXPECT_EQ(h.settled, 0U);
}

TEST(Horizon, SettlesAtOnceWhereIdsAreHandedOutByTheCommit) {
    auto h = horizon(0);
    h.scanned(at(100), at(101), 5000);
    EXPECT_EQ(h.settled, 5000U);
    EXPECT_EQ(h.scan_after(at(101)), 5000U);
}

TEST(Horizon, NoBoundEverGoesBack) {
    auto h = horizon(1);
    h.scanned(at(1), at(1), 500);
    h.scanned(at(3), at(3), 500);
    h.scanned(at(5), at(5), 10);  // the newest rows were deleted, and the source knows no better
    EXPECT_EQ(h.settled, 500U);
    EXPECT_EQ(h.newest, 500U);
    EXPECT_EQ(h.ceiling(), 600U);
}

TEST(Horizon, ATableThatGrewFasterThanPromisedIsCountedAndGetsMoreRoom) {
    auto h = horizon(10);
    h.scanned(at(1), at(1), 1'000'000);  // the first scan: nothing to compare with
    EXPECT_EQ(h.outgrown, 0U);
    h.scanned(at(2), at(2), 1'000'100);
    EXPECT_EQ(h.outgrown, 0U);
    h.scanned(at(3), at(3), 1'000'201);
    EXPECT_EQ(h.outgrown, 1U);
    EXPECT_EQ(h.growth, 202U);
    h.scanned(at(14), at(14), 2'000'000);  // after 11 s nobody relied on the ceiling any more
    EXPECT_EQ(h.outgrown, 1U);
}

TEST(Horizon, TheCeilingStopsAtTheGreatestNumber) {
    auto h = horizon(10);
    h.scanned(at(1), at(1), std::numeric_limits<std::uint64_t>::max() - 5);
    EXPECT_EQ(h.ceiling(), std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace sluice::cache
