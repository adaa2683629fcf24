// The invalidation outbox from the change to the cache, over a real store: nothing is lost by a cache that does not answer,
// by a store that does not, or by a death in between.

#include "app/relay_invalidations.h"

#include <gtest/gtest.h>

#include <set>

#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/review_book.h"
#include "adapters/sqlite/sale_book.h"
#include "domain/page_keys.h"
#include "support/test_meter.h"
#include "support/test_store.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

class TestCache final : public PageCache {
public:
    Task<Result<Done>> invalidate(std::string page, Deadline) override {
        asked.push_back(page);
        if (down || broken.contains(page)) co_return fail(Code::kUnavailable, "no cache");
        forgotten.push_back(std::move(page));
        co_return Done{};
    }
    bool down = false;
    std::set<std::string> broken;
    std::vector<std::string> asked;
    std::vector<std::string> forgotten;
};

// Takes rows out only while it works.
class TestOutbox final : public InvalidationOutbox {
public:
    explicit TestOutbox(InvalidationOutbox& inner) : inner_(inner) {}
    Task<Result<std::vector<Invalidation>>> read(std::size_t rows_max, Deadline deadline) override {
        return inner_.read(rows_max, deadline);
    }
    Task<Result<Done>> remove(std::vector<std::int64_t> ids, Deadline deadline) override {
        if (dead) co_return fail(Code::kOutcomeUnknown, "died");
        co_return co_await inner_.remove(std::move(ids), deadline);
    }
    bool dead = false;

private:
    InvalidationOutbox& inner_;
};

class RelayTest : public ::testing::Test {
protected:
    static constexpr Deadline kNever = Deadline::never();

    ShopId shop() {
        Shop made{ShopId{}, "A shop", "food", "Leeds"};
        return *store_.run(sales_.create_shop(std::move(made), kNever));
    }
    Result<bool> round() { return store_.run(relay_.round(kNever)); }
    std::size_t waiting() { return store_.run(stored_.read(10'000, kNever))->size(); }

    VirtualClock clock_;
    TestStore store_;
    SqliteSaleBook sales_{store_.store(), clock_};
    SqliteReviewBook reviews_{store_.store(), clock_};
    SqliteInvalidationOutbox stored_{store_.store(), clock_};
    TestOutbox outbox_{stored_};
    TestCache cache_;
    TestMeter meter_;
    TestLog log_;
    RelayInvalidations relay_{outbox_, cache_, meter_, log_};
};

TEST_F(RelayTest, TellsTheCacheInOrderAndOncePerPage) {
    const auto first = shop();
    const auto second = shop();
    ReviewDraft draft{first, BuyerId{"ann"}, 5, ""};
    ASSERT_TRUE(store_.run(reviews_.write_review(std::move(draft), kNever)).ok());
    EXPECT_EQ(waiting(), 4U);
    EXPECT_FALSE(*round());
    EXPECT_EQ(cache_.asked, (std::vector<std::string>{shop_page_key(first), shop_page_key(second), reviews_page_key(first)}));
    EXPECT_EQ(waiting(), 0U);
    EXPECT_EQ(meter_.counted(Count::kInvalidations), 4U);
    EXPECT_FALSE(*round());
    EXPECT_EQ(cache_.asked.size(), 3U);
}

TEST_F(RelayTest, RowsStayWhileTheCacheDoesNotAnswer) {
    for (int i = 0; i < 20; ++i) shop();
    cache_.down = true;
    EXPECT_FALSE(*round());
    EXPECT_FALSE(*round());
    EXPECT_EQ(waiting(), 20U);
    EXPECT_EQ(cache_.asked.size(), 2 * kRelayFailuresMax) << "a dead cache is not asked for every row";
    EXPECT_EQ(log_.lines().size(), 1U);
    cache_.down = false;
    EXPECT_FALSE(*round());
    EXPECT_EQ(waiting(), 0U);
    EXPECT_EQ(cache_.forgotten.size(), 20U);
}

TEST_F(RelayTest, APageThatCannotBeForgottenDoesNotStopTheOthers) {
    const auto stuck = shop_page_key(shop());
    const auto fine = shop_page_key(shop());
    cache_.broken.insert(stuck);
    EXPECT_FALSE(*round());
    EXPECT_EQ(cache_.forgotten, (std::vector<std::string>{fine}));
    EXPECT_EQ(waiting(), 1U);
    cache_.broken.clear();
    EXPECT_FALSE(*round());
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(RelayTest, ADeathBetweenCacheAndStoreAsksAgain) {
    const auto page = shop_page_key(shop());
    outbox_.dead = true;
    EXPECT_FALSE(round().ok());
    EXPECT_EQ(waiting(), 1U);
    outbox_.dead = false;
    RelayInvalidations next_life{outbox_, cache_, meter_, log_};
    EXPECT_TRUE(store_.run(next_life.round(kNever)).ok());
    EXPECT_EQ(cache_.forgotten, (std::vector<std::string>{page, page}));
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(RelayTest, ABacklogIsWorkedOffInBatches) {
    const std::size_t rows = 2 * kRelayRowsMax + 3;
    for (std::size_t i = 0; i < rows; ++i) shop();
    EXPECT_TRUE(*round());
    EXPECT_EQ(waiting(), rows - kRelayRowsMax);
    EXPECT_TRUE(*round());
    EXPECT_FALSE(*round());
    EXPECT_EQ(waiting(), 0U);
}

// A change that is undone names nothing; one that stands always does.
TEST_F(RelayTest, RefusedChangesNameNoPage) {
    ReviewDraft bad{ShopId{99}, BuyerId{"ann"}, 5, ""};
    EXPECT_FALSE(store_.run(reviews_.write_review(std::move(bad), kNever)).ok());
    EXPECT_EQ(waiting(), 0U);
}

}  // namespace
}  // namespace sluice
