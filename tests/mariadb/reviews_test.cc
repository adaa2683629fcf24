// Scores under many writers at once, and the cost of the hot lists, on a real server.

#include <gtest/gtest.h>

#include <thread>

#include "base/prng.h"
#include "domain/retry_policy.h"
#include "mariadb/test_server.h"

namespace sluice {
namespace {

constexpr Deadline kNever = Deadline::never();

class MariaReviews : public ::testing::Test {
protected:
    void SetUp() override { server_.clear(); }
    MariaPoolOptions options() {
        MariaPoolOptions options;
        options.endpoint = server_.endpoint();
        options.writers = 1;
        options.readers = 1;
        return options;
    }
    std::int64_t number(const std::string& sql) {
        const auto connection = server_.connect();
        auto row = connection->prepare(sql);
        row.execute();
        return row.next() ? row.get<std::int64_t>(0) : -1;
    }
    std::string plan(const std::string& sql) {
        const auto connection = server_.connect();
        auto row = connection->prepare("EXPLAIN " + sql);
        row.execute();
        std::string text;
        while (row.next()) {
            text += std::string(row.view(3)) + " " + std::string(row.view(5)) + " " + std::string(row.view(9)) + "; ";
        }
        return text;
    }
    TestServer& server_ = TestServer::shared();
};

// Every thread with a session of its own; buyers and shops overlap, so that writes, edits, deletions and moderation of
// the same rows meet.
TEST_F(MariaReviews, ScoresAreExactUnderConcurrentWriters) {
    MariaProcess process(options());
    std::vector<ShopId> shops;
    for (int i = 0; i < 2; ++i) {
        Shop made{ShopId{}, "A shop", "food", "Leeds"};
        shops.push_back(*process.run(process.sales().create_shop(std::move(made), kNever)));
    }
    std::atomic<int> done{0};
    std::atomic<int> failed{0};
    const auto work = [&](std::uint64_t seed) {
        MariaProcess mine(options());
        Prng prng(seed);
        for (int i = 0; i < 150; ++i) {
            const ShopId shop = shops[prng.below(2)];
            const BuyerId buyer{"buyer " + std::to_string(prng.below(5))};
            const auto what = prng.below(10);
            bool ok = false;
            if (what < 6) {
                ReviewDraft draft{shop, buyer, static_cast<int>(1 + prng.below(5)), "words"};
                ok = mine.run(mine.reviews().write_review(std::move(draft), kNever)).ok();
            } else if (what < 8) {
                ok = mine.run(mine.reviews().delete_review(shop, buyer, kNever)).ok();
            } else {
                const auto found = mine.run(mine.reviews().find_review_of(shop, buyer, kNever));
                if (!found.ok() || !found->has_value()) continue;
                const auto to = what == 8 ? ReviewState::kHidden : ReviewState::kVisible;
                AuditNote note{"tester", "moderate", "review", "because"};
                auto moderated = mine.run(mine.reviews().moderate_review((*found)->id, to, std::move(note), kNever));
                ok = moderated.ok() || moderated.error().code == Code::kNotFound;  // deleted meanwhile
            }
            (ok ? done : failed) += 1;
        }
    };
    std::vector<std::thread> threads;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failed, 0) << "shop first: nobody waits for each other";
    EXPECT_GT(done, 400);
    EXPECT_EQ(number("SELECT COUNT(*) FROM shops s LEFT JOIN (SELECT shop_id, SUM(rating) AS total, COUNT(*) AS n"
                     " FROM reviews WHERE state = 'visible' GROUP BY shop_id) r ON r.shop_id = s.shop_id"
                     " WHERE s.rating_sum <> COALESCE(r.total, 0) OR s.rating_count <> COALESCE(r.n, 0)"), 0);
    EXPECT_GT(number("SELECT CAST(SUM(rating_count) AS SIGNED) FROM shops"), 0);
    EXPECT_GT(number("SELECT COUNT(*) FROM invalidations"), 0);
}

// Ranges of an index, without sorting: what the lists cost does not grow with what lies behind them.
TEST_F(MariaReviews, HotListsAreRangesOfAnIndexAndNothingIsSorted) {
    const auto connection = server_.connect();
    connection->execute("INSERT INTO shops (name, category, city, rating_sum, rating_count)"
                        " SELECT 'x', CONCAT('c', seq % 7), CONCAT('t', seq % 11), 1 + seq % 5, 1 FROM seq_1_to_2000");
    connection->execute("INSERT INTO reviews (shop_id, buyer, rating, text, state, created_at)"
                        " SELECT 1 + seq % 3, seq, 1 + seq % 5, 'x', 'visible', 1 FROM seq_1_to_3000");
    for (const char* const table : {"shops", "reviews"}) {
        auto analyzed = connection->prepare(std::string("ANALYZE TABLE ") + table);
        analyzed.execute();
        while (analyzed.next()) {
        }
    }
    const std::vector<std::pair<std::string, std::string>> lists{
        {"SELECT * FROM shops WHERE TRUE ORDER BY shop_id DESC LIMIT 51", "PRIMARY"},
        {"SELECT * FROM shops WHERE TRUE AND shop_id < 900 ORDER BY shop_id DESC LIMIT 51", "PRIMARY"},
        {"SELECT * FROM shops WHERE TRUE ORDER BY score DESC, shop_id DESC LIMIT 51", "shops_by_score"},
        {"SELECT * FROM shops WHERE TRUE AND score < 4000000000 ORDER BY score DESC, shop_id DESC LIMIT 51", "shops_by_score"},
        {"SELECT * FROM shops WHERE TRUE AND score = 4000000000 AND shop_id < 900 ORDER BY shop_id DESC LIMIT 51", "shops_by_score"},
        {"SELECT * FROM shops WHERE TRUE AND city = 't3' AND category = 'c1' ORDER BY score DESC, shop_id DESC LIMIT 51",
         "shops_of_both_by_score"},
        {"SELECT * FROM shops WHERE TRUE AND category = 'c1' ORDER BY score DESC, shop_id DESC LIMIT 51",
         "shops_of_category_by_score"},
        {"SELECT * FROM shops WHERE TRUE AND city = 't3' ORDER BY shop_id DESC LIMIT 51", "shops_of_city"},
        {"SELECT * FROM reviews FORCE INDEX (reviews_newest) WHERE shop_id = 2 AND state = 'visible'"
         " AND review_id < 1500 ORDER BY review_id DESC LIMIT 51", "reviews_newest"},
        {"SELECT * FROM reviews FORCE INDEX (reviews_by_rating) WHERE shop_id = 2 AND state = 'visible' AND rating = 5"
         " AND review_id < 1500 ORDER BY review_id DESC LIMIT 51", "reviews_by_rating"},
    };
    for (const auto& [sql, key] : lists) {
        const auto shown = plan(sql);
        EXPECT_NE(shown.find(key), std::string::npos) << sql << "\n" << shown;
        EXPECT_EQ(shown.find("filesort"), std::string::npos) << sql << "\n" << shown;
        EXPECT_EQ(shown.find("ALL "), std::string::npos) << sql << "\n" << shown;
    }
}

// Texts of statements are kept for as long as their session: what strangers choose must not be in them.
TEST_F(MariaReviews, ListsOfShopsArePreparedOnceWhateverTheirFilters) {
    MariaProcess process(options());
    const auto list = [&](std::size_t length) {
        ShopQuery query;
        query.city = std::string(length, 'x');
        query.category = std::string(length, 'y');
        query.after = ShopCursor{static_cast<std::int64_t>(length), ShopId{5}};
        query.sort = length % 2 == 0 ? ShopSort::kNewest : ShopSort::kScore;
        ASSERT_TRUE(process.run(process.sales().list_shops(std::move(query), kNever)).ok());
    };
    const std::string prepared = "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS"
                                 " WHERE VARIABLE_NAME = 'COM_STMT_PREPARE'";
    const auto before = number(prepared);
    for (std::size_t length = 1; length <= 200; ++length) list(length);
    EXPECT_LT(number(prepared), before + 20);  // both sorts, in every session of the pool, and asking itself
}

}  // namespace
}  // namespace sluice
