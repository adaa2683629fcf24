#include "cache/binary_fuse.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <unordered_set>
#include <vector>

#include "base/prng.h"

namespace sluice::cache {
namespace {

std::vector<std::uint64_t> ascending(std::uint64_t first, std::size_t count) {
    std::vector<std::uint64_t> ids(count);
    for (std::size_t i = 0; i < count; ++i) ids[i] = first + i;
    return ids;
}

BinaryFuse8 built(std::vector<std::uint64_t> ids, std::uint64_t seed = 1) {
    auto filter = BinaryFuse8::build(std::move(ids), seed);
    EXPECT_TRUE(filter.ok());
    return std::move(filter).value();
}

std::size_t denied(const BinaryFuse8& filter, const std::vector<std::uint64_t>& ids) {
    return static_cast<std::size_t>(std::count_if(ids.begin(), ids.end(), [&](std::uint64_t id) {
        return !filter.contains(id);
    }));
}

TEST(BinaryFuse, OfNoIdsAffirmsNothing) {
    EXPECT_EQ(denied(BinaryFuse8(), ascending(0, 1000)), 1000U);
    EXPECT_EQ(denied(built({}), ascending(0, 1000)), 1000U);
    EXPECT_EQ(built({}).bytes(), 0U);
}

TEST(BinaryFuse, EverySmallSizeIsBuiltAndDeniesNoneOfItsIds) {
    for (std::size_t count = 1; count <= 2000; ++count) {
        const auto ids = ascending(count * 7, count);
        const BinaryFuse8 filter = built(ids, count);
        ASSERT_EQ(filter.size(), count);
        ASSERT_EQ(denied(filter, ids), 0U) << count << " ids";
    }
}

RC_GTEST_PROP(
    BinaryFuse, DeniesNoIdWhateverTheIdsTheirOrderAndTheSeed,
    (std::vector<std::uint64_t> ids, std::uint64_t seed)
) {
    const BinaryFuse8 filter = built(ids, seed);
    RC_ASSERT(denied(filter, ids) == 0U);
    const std::unordered_set<std::uint64_t> different(ids.begin(), ids.end());
    RC_ASSERT(filter.size() == different.size());
}

TEST(BinaryFuse, HoldsTheExtremesOfTheRange) {
    const std::vector<std::uint64_t> ids{
        0, 1, std::numeric_limits<std::uint64_t>::max(), 1ULL << 63U};
    EXPECT_EQ(denied(built(ids), ids), 0U);
}

TEST(BinaryFuse, AnIdThatIsThereAThousandTimesCountsOnce) {
    std::vector<std::uint64_t> ids;
    for (int repeat = 0; repeat < 1000; ++repeat) {
        for (const std::uint64_t id : {9U, 3U, 7U}) ids.push_back(id);
    }
    const BinaryFuse8 filter = built(ids);
    EXPECT_EQ(filter.size(), 3U);
    EXPECT_EQ(denied(filter, ids), 0U);
}

TEST(BinaryFuse, AffirmsFewerThanHalfAPercentOfTwoMillionAbsentIds) {
    const BinaryFuse8 filter = built(ascending(1, 1'000'000));
    const std::size_t absent = 2'000'000;
    const std::size_t affirmed = absent - denied(filter, ascending(1'000'001, absent));
    RecordProperty("affirmed", std::to_string(affirmed));
    std::printf(
        "affirmed %.4f %% of %zu absent ids\n", 100.0 * static_cast<double>(affirmed) / absent,
        absent
    );
    EXPECT_LT(affirmed, absent / 200);  // 0.5 %
    EXPECT_GT(
        affirmed, absent / 256 * 9 / 10
    );  // far fewer would mean that the test looks elsewhere
}

TEST(BinaryFuse, TakesAtMostTenBitsAnId) {
    for (const std::size_t count : {100'000U, 1'000'000U, 3'000'000U}) {
        const BinaryFuse8 filter = built(ascending(1, count));
        EXPECT_LT(8.0 * static_cast<double>(filter.bytes()) / static_cast<double>(count), 10.0)
            << count;
    }
}

TEST(BinaryFuse, AnotherSeedAffirmsOtherAbsentIds) {
    const auto ids = ascending(1, 10'000);
    const BinaryFuse8 one = built(ids, 1);
    const BinaryFuse8 other = built(ids, 2);
    std::size_t both = 0, first = 0;
    for (const std::uint64_t id : ascending(10'001, 100'000)) {
        first += one.contains(id);
        both += one.contains(id) && other.contains(id);
    }
    EXPECT_GT(first, 200U);
    EXPECT_LT(both, first / 20);
}

TEST(BinaryFuse, TriesAnotherSeedWhenOneFails) {
    // As tight as three positions can be peeled at all: many seeds fail, some do not.
    const fuse::Layout tight{32, 33};
    int retried = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto ids = ascending(seed * 10'000, 880);
        const auto filter = BinaryFuse8::build(ids, seed, tight, 1000);
        ASSERT_TRUE(filter.ok());
        EXPECT_EQ(denied(*filter, ids), 0U);
        retried += filter->attempts() > 1;
    }
    EXPECT_GT(retried, 0);
}

// Where the segments become longer there are too few of them for the graph to be peeled.
TEST(BinaryFuse, SizesJustAboveALongerSegmentAreBuiltWithinAFewSeeds) {
    for (const std::size_t ids : {3'420U, 3'500U, 11'400U, 11'501U, 11'520U, 11'540U, 38'000U, 38'300U}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            EXPECT_LE(built(ascending(1, ids), seed).attempts(), 2 * BinaryFuse8::kAttemptsEach) << ids;
        }
    }
}

TEST(BinaryFuse, GivesUpAfterTheNamedNumberOfSeedsAndSaysSo) {
    const auto filter = BinaryFuse8::build(ascending(1, 1000), 5, fuse::Layout{16, 4}, 7);
    ASSERT_FALSE(filter.ok());
    EXPECT_EQ(filter.error().code, Code::kInternal);
    EXPECT_EQ(filter.error().detail, "no filter of 1000 ids after 7 seeds");
}

TEST(BinaryFuse, PositionsAreThreeDifferentSlotsOfTheArray) {
    Prng random(3);
    for (const std::size_t count : {1U, 2U, 5U, 100U, 100'000U, 50'000'000U}) {
        const auto layout = fuse::Layout::for_ids(count);
        for (int i = 0; i < 10'000; ++i) {
            const auto at = layout.positions(random.next());
            ASSERT_LT(*std::max_element(at.begin(), at.end()), layout.slots());
            ASSERT_TRUE(at[0] != at[1] && at[1] != at[2] && at[0] != at[2]);
        }
        ASSERT_LT(layout.positions(~std::uint64_t{0})[2], layout.slots());
    }
}

}  // namespace
}  // namespace sluice::cache
