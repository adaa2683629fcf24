#include "cache/existence_filter.h"

#include <gtest/gtest.h>

#include "filter/filter_world.h"

namespace sluice::cache {
namespace {

ExistenceOptions options_with(Millis late) {
    ExistenceOptions options = FilterWorld::promised();
    options.late_commit_max = late;
    return options;
}

class ExistenceFilterTest : public ::testing::Test {
protected:
    void fill(std::uint64_t rows) {
        for (std::uint64_t id = 1; id <= rows; ++id)
            world.insert(2 * id);  // the odd ones never existed
    }
    std::size_t affirmed_odd(std::uint64_t up_to) const {
        std::size_t count = 0;
        for (std::uint64_t id = 1; id <= up_to; id += 2) count += filter.may_exist(id);
        return count;
    }

    FilterWorld world{options_with(Millis(0))};
    ExistenceFilter& filter = world.filter;
};

TEST_F(ExistenceFilterTest, EverythingMayExistBeforeTheFirstRebuild) {
    for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
        EXPECT_TRUE(filter.may_exist(id));
    }
    EXPECT_FALSE(filter.stats().built);
    EXPECT_EQ(world.refresh().error().code, Code::kUnavailable);
}

TEST_F(ExistenceFilterTest, AfterARebuildAffirmsTheRowsAndDeniesNearlyAllOthers) {
    fill(5000);
    ASSERT_TRUE(world.rebuild().ok());
    EXPECT_EQ(world.denied_row(), std::nullopt);
    EXPECT_LT(affirmed_odd(10'000), 5000U / 100);
    EXPECT_FALSE(filter.may_exist(0));
    EXPECT_FALSE(filter.may_exist(10'000 + FilterWorld::promised().growth_max + 1));
    EXPECT_FALSE(filter.may_exist(~std::uint64_t{0}));
    EXPECT_EQ(filter.stats().base_ids, 5000U);
}

TEST_F(ExistenceFilterTest, AnEmptyTableIsKnownToBeEmpty) {
    ASSERT_TRUE(world.rebuild().ok());
    EXPECT_FALSE(filter.may_exist(1000));
    filter.add(1000);
    EXPECT_TRUE(filter.may_exist(1000));
}

TEST_F(ExistenceFilterTest, AddIsVisibleAtOnceAlsoAboveTheCeilingAndInGreatNumbers) {
    ASSERT_TRUE(world.rebuild().ok());
    for (std::uint64_t id = 1'000'000; id < 1'010'000; ++id) {
        filter.add(id);
        ASSERT_TRUE(filter.may_exist(id));
    }
    for (std::uint64_t id = 1'000'000; id < 1'010'000; ++id) ASSERT_TRUE(filter.may_exist(id));
    EXPECT_FALSE(filter.may_exist(1'010'000));
    EXPECT_EQ(filter.stats().recent_ids, 10'000U);
}

TEST_F(ExistenceFilterTest, AddDuringEveryStepOfARebuildSurvivesIt) {
    fill(20);
    std::uint64_t id = 1'000'001;
    world.start_rebuild();
    world.step();
    while (world.running() > 0) {
        filter.add(id += 2);  // rows that the rebuild's source does not show
        if (!world.step() && world.source_waits()) world.answer();
    }
    ASSERT_TRUE(world.outcomes.back().ok());
    ASSERT_GT(id, 1'000'020U);
    for (std::uint64_t added = 1'000'003; added <= id; added += 2)
        EXPECT_TRUE(filter.may_exist(added)) << added;
}

TEST_F(ExistenceFilterTest, AddedIdsGoIntoTheBaseWithTheNextRebuild) {
    ASSERT_TRUE(world.rebuild().ok());
    world.insert(7);
    filter.add(7);
    EXPECT_EQ(filter.stats().recent_ids, 1U);
    ASSERT_TRUE(world.rebuild().ok());
    EXPECT_TRUE(filter.may_exist(7));
    EXPECT_EQ(filter.stats().recent_ids, 0U);
    EXPECT_EQ(filter.stats().base_ids, 1U);
}

TEST_F(ExistenceFilterTest, ADeletedRowGoesAtTheNextRebuildAndNotBefore) {
    fill(100);
    ASSERT_TRUE(world.rebuild().ok());
    for (std::uint64_t id = 2; id <= 100; id += 2) world.remove(id);
    ASSERT_TRUE(world.refresh().ok());
    EXPECT_TRUE(filter.may_exist(2));
    ASSERT_TRUE(world.rebuild().ok());
    std::size_t still = 0;
    for (std::uint64_t id = 2; id <= 100; id += 2) still += filter.may_exist(id);
    EXPECT_LT(still, 5U);
}

TEST_F(ExistenceFilterTest, ARebuildThatFailsAtAnyCallLeavesTheOldFilter) {
    fill(20);
    ASSERT_TRUE(world.rebuild().ok());
    for (int failing = 0;; ++failing) {
        for (std::uint64_t id = 2; id <= 10; id += 2)
            world.remove(id);  // what a half-read one might take for truth
        world.start_rebuild();
        for (int call = 0; call <= failing && world.running() > 0; ++call) {
            while (world.step()) {
            }
            if (!world.source_waits()) break;
            if (call < failing) world.answer();
        }
        if (!world.source_waits()) break;  // there is no such call
        world.fail_source();
        world.drain();
        ASSERT_EQ(world.outcomes.back().error().detail, "scripted");
        for (std::uint64_t id = 2; id <= 40; id += 2) ASSERT_TRUE(filter.may_exist(id)) << id;
        ASSERT_EQ(filter.stats().rebuilds, 1U);
        ASSERT_EQ(filter.stats().failures, static_cast<std::uint64_t>(failing) + 1);
    }
    EXPECT_GE(filter.stats().failures, 5U);  // the counter, and every page
}

TEST_F(ExistenceFilterTest, ABaseThatCannotBeBuiltLeavesTheOldFilter) {
    auto options = options_with(Millis(0));
    options.build_attempts_max = 0;
    FilterWorld unlucky(options);
    unlucky.insert(5);
    const auto outcome = unlucky.rebuild();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, Code::kInternal);
    EXPECT_EQ(unlucky.filter.stats().failures, 1U);
    EXPECT_TRUE(unlucky.filter.may_exist(123'456));
}

TEST_F(ExistenceFilterTest, ATableThatGrowsWhileItIsReadIsNotReadForEver) {
    fill(20);
    world.start_rebuild();
    int answers = 0;
    for (std::uint64_t id = 41; world.running() > 0 && answers < 100; ++answers) {
        while (world.step()) {
        }
        for (int i = 0; i < 10; ++i) world.insert(id++);  // more than a page
        if (world.source_waits()) world.answer();
    }
    EXPECT_LT(answers, 15);  // 100 of them and more, if it did not stop
    ASSERT_TRUE(world.outcomes.back().ok());
}

TEST_F(ExistenceFilterTest, OnlyOneScanAtATime) {
    world.start_rebuild();
    world.step();
    world.start_refresh();
    world.step();
    ASSERT_EQ(world.outcomes.size(), 1U);
    EXPECT_EQ(world.outcomes.back().error().code, Code::kConflict);
    world.drain();
    EXPECT_TRUE(world.outcomes.back().ok());
    EXPECT_TRUE(world.refresh().ok());
}

TEST_F(ExistenceFilterTest, RowsOfOtherProcessesMayExistBeforeAnyScanSawThem) {
    fill(100);
    ASSERT_TRUE(world.rebuild().ok());
    const auto id = world.begin_insert();
    world.end_insert(0, true);
    EXPECT_TRUE(filter.may_exist(*id));
}

TEST_F(ExistenceFilterTest, AboveTheCeilingEverythingMayExistOnceTheLastScanIsOld) {
    fill(100);
    ASSERT_TRUE(world.rebuild().ok());
    world.advance(Millis(99));
    EXPECT_FALSE(filter.may_exist(1'000'000));
    world.advance(Millis(1));
    EXPECT_TRUE(filter.may_exist(1'000'000));
    EXPECT_FALSE(filter.may_exist(51) && filter.may_exist(53));  // below, what is known stays known
    ASSERT_TRUE(world.refresh().ok());
    EXPECT_FALSE(filter.may_exist(1'000'000));
}

TEST(ExistenceFilterLateCommits, ARowCommittedBelowTheNewestIsNotDenied) {
    FilterWorld world(FilterWorld::promised());
    world.begin_insert();
    world.begin_insert();
    world.end_insert(1, true);  // id 2 is committed, id 1 is not yet
    ASSERT_TRUE(world.rebuild().ok());
    world.end_insert(0, true);
    EXPECT_TRUE(world.filter.may_exist(1));
    world.advance(Millis(100));
    ASSERT_TRUE(world.refresh().ok());
    EXPECT_EQ(world.filter.stats().settled, 2U);
    EXPECT_EQ(world.denied_row(), std::nullopt);
}

TEST(ExistenceFilterLateCommits, IdsOfRolledBackTransactionsAreDeniedOnceTheyCannotComeAnyMore) {
    FilterWorld world(FilterWorld::promised());
    ASSERT_TRUE(world.rebuild().ok());
    for (int i = 0; i < 8; ++i) world.begin_insert();
    world.advance(Millis(200), false);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(world.refresh().ok());
        world.advance(Millis(100));
    }
    std::size_t affirmed = 0;
    for (std::uint64_t id = 1; id <= 8; ++id) affirmed += world.filter.may_exist(id);
    EXPECT_EQ(affirmed, 0U);
}

TEST(ExistenceFilterUpkeep, RebuildsRefreshesAndRetriesWhenDue) {
    FilterWorld world(FilterWorld::promised());
    EXPECT_LE(world.filter.due_at(), world.now());
    world.start_upkeep();
    world.step();
    world.fail_source();
    world.drain();
    EXPECT_EQ(world.filter.due_at(), world.now() + Millis(20));
    int rounds = 0;
    const Instant end = world.now() + Millis(1000);
    for (; world.now() < end; ++rounds) {
        world.advance(std::chrono::ceil<Millis>(world.filter.due_at() - world.now()));
        world.start_upkeep();
        world.drain();
        ASSERT_TRUE(world.outcomes.back().ok());
    }
    EXPECT_EQ(world.filter.stats().rebuilds, 2U);
    EXPECT_EQ(world.filter.stats().refreshes, static_cast<std::uint64_t>(rounds) - 2);
    EXPECT_EQ(rounds, 50);
}

TEST(ExistenceFilterUpkeep, TooManyRecentIdsAreAReasonToRebuild) {
    auto options = FilterWorld::promised();
    options.recent_max = 10;
    FilterWorld world(options);
    ASSERT_TRUE(world.rebuild().ok());
    for (std::uint64_t id = 1; id <= 10; ++id) world.filter.add(id);
    EXPECT_GT(world.filter.due_at(), world.now());
    world.filter.add(11);
    EXPECT_LE(world.filter.due_at(), world.now());
    world.start_upkeep();
    world.drain();
    EXPECT_EQ(world.filter.stats().rebuilds, 2U);
}

}  // namespace
}  // namespace sluice::cache
