// The platform's pages through the cache: what is never asked for, how lists are forgotten, and what is read ahead of a
// sale. One process over a store in memory; time is virtual.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "app/cached_platform.h"
#include "app/warm_sales.h"
#include "cache/memory_store.h"
#include "cache/virtual_time.h"
#include "domain/page_keys.h"
#include "support/test_log.h"
#include "support/test_meter.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

constexpr Deadline kNever = Deadline::never();

// The stores' side: a few rows, and how often each page was asked for.
class FakePlatform final : public PlatformReader {
public:
    std::map<std::int64_t, Shop> shop_rows;
    std::map<std::int64_t, Goods> goods_rows;
    std::map<std::int64_t, std::vector<Review>> review_rows;
    std::map<std::uint32_t, SalePage> sale_pages;
    std::map<std::string, int> asked;
    bool down = false;

    int asked_in_all() const {
        int sum = 0;
        for (const auto& [page, times] : asked) sum += times;
        return sum;
    }

    Task<Result<std::optional<Shop>>> shop(ShopId id, Deadline) override {
        return answer("shop", find(shop_rows, id.value()));
    }
    Task<Result<std::optional<Goods>>> goods(GoodsId id, Deadline) override {
        return answer("goods", find(goods_rows, id.value()));
    }
    Task<Result<std::optional<SalePage>>> sale(SaleId id, Deadline) override {
        return answer("sale", find(sale_pages, id.value()));
    }
    Task<Result<std::optional<ReviewsPage>>> reviews(ReviewQuery key, Deadline) override {
        std::optional<ReviewsPage> page;
        if (shop_rows.contains(key.shop.value())) page = ReviewsPage{review_rows[key.shop.value()], std::nullopt};
        return answer("reviews", std::move(page));
    }
    Task<Result<std::optional<GoodsPage>>> shop_goods(ShopGoodsKey key, Deadline) override {
        std::optional<GoodsPage> page;
        if (shop_rows.contains(key.shop.value())) page.emplace();
        for (const auto& [id, row] : goods_rows) {
            if (page && row.shop == key.shop) page->goods.push_back(row);
        }
        return answer("shop-goods", std::move(page));
    }
    Task<Result<ShopsPage>> shops(ShopQuery, Deadline) override { return answer("shops", ShopsPage{}); }

private:
    template <class Rows, class Id>
    static std::optional<typename Rows::mapped_type> find(const Rows& rows, Id id) {
        const auto row = rows.find(id);
        return row == rows.end() ? std::nullopt : std::optional(row->second);
    }
    template <class Page>
    Task<Result<Page>> answer(const char* name, Page page) {
        ++asked[name];
        if (down) co_return fail(Code::kUnavailable, "down");
        co_return page;
    }
};

// The ids of a table that has rows 1..last.
class FakeIds final : public cache::IdSource {
public:
    std::uint64_t last = 0;
    bool down = false;

    Task<Result<std::uint64_t>> handed_out() override {
        if (down) co_return fail(Code::kUnavailable, "down");
        co_return last;
    }
    Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max) override {
        if (down) co_return fail(Code::kUnavailable, "down");
        std::vector<std::uint64_t> ids;
        for (std::uint64_t id = after + 1; id <= last && ids.size() < max; ++id) ids.push_back(id);
        co_return ids;
    }
};

class ReadPath : public ::testing::Test {
protected:
    static cache::MemoryStoreOptions without_values() {
        cache::MemoryStoreOptions options;
        options.keep_values = false;
        return options;
    }
    ReadPath() {
        for (std::int64_t id = 1; id <= 3; ++id) {
            source_.shop_rows[id] = Shop{ShopId{id}, "Shop " + std::to_string(id), "food", "Leeds"};
            source_.goods_rows[id] = Goods{GoodsId{id}, ShopId{id}, "Tea", "", Cents{500}, Currency{}};
        }
        shop_ids_.last = goods_ids_.last = 3;
    }
    ~ReadPath() override {
        (void)run([](CachedPlatform& pages) -> Task<Done> {
            co_await pages.stop();
            co_return Done{};
        }(pages_));
    }
    template <class T>
    T run(Task<T> task) {
        return stage_.run(std::move(task));
    }
    // The value of a read that must succeed.
    template <class T>
    T get(Task<Result<T>> task) {
        auto result = run(std::move(task));
        EXPECT_TRUE(result.ok()) << (result.ok() ? "" : to_string(result.error()));
        return std::move(*result);
    }
    Millis keep_up() { return run(known_.keep_up(lane_)); }
    void forget(const std::string& page) { get(pages_.invalidate(page, kNever)); }
    std::size_t reviews_shown(ReviewSort sort) {
        ReviewQuery query;
        query.shop = ShopId{1};
        query.sort = sort;
        return get(pages_.reviews(std::move(query), kNever))->reviews.size();
    }
    void review(std::int64_t id) {
        source_.review_rows[1].push_back({ReviewId{id}, ShopId{1}, BuyerId{"b"}, 5, "good", ReviewState::kVisible, {}});
    }
    // Opens so long from now.
    Sale add_sale(std::uint32_t id, Millis from_now, SaleState state = SaleState::kOpen) {
        Sale sale;
        sale.id = SaleId{id};
        sale.goods = GoodsId{1};
        sale.state = state;
        sale.opens_at = clock_.wall() + from_now;
        sale.closes_at = sale.opens_at + Millis{3'600'000};
        source_.sale_pages[id] = SalePage{sale, source_.goods_rows[1], source_.shop_rows[1]};
        catalogue_.sales.push_back(sale);
        catalogue_.now = clock_.wall();
        lease_.renew(catalogue_, clock_.now(), clock_.wall());
        return sale;
    }
    WarmSales warming(Millis ahead) { return WarmSales({pages_, lease_, clock_, meter_, log_}, ahead); }

    cache::Stage stage_;
    VirtualClock clock_;
    TestLog log_;
    TestMeter meter_;
    InlineLane lane_{stage_.context().get_executor()};
    FakePlatform source_;
    FakeIds shop_ids_;
    FakeIds goods_ids_;
    KnownIds known_{shop_ids_, goods_ids_, Millis{0}, clock_, log_};
    cache::MemoryStore store_{stage_.time()};
    cache::Context context_{store_, stage_.time(), {}};
    cache::MemoryStore list_store_{stage_.time(), without_values()};
    cache::Context lists_{list_store_, context_};
    CachedPlatform pages_{context_, lists_, source_, known_, {}};
    Catalogue catalogue_;
    CatalogueLease lease_;
};

TEST_F(ReadPath, IdsThatExistNowhereAreNeverAskedFor) {
    (void)keep_up();
    for (const std::int64_t absent : {50'000LL, 1'000'000LL, 9'007'199'254'740'991LL}) {
        EXPECT_FALSE(get(pages_.shop(ShopId{absent}, kNever)));
        EXPECT_FALSE(get(pages_.goods(GoodsId{absent}, kNever)));
        EXPECT_FALSE(get(pages_.reviews(ReviewQuery{ShopId{absent}}, kNever)));
        EXPECT_FALSE(get(pages_.shop_goods(ShopGoodsKey{ShopId{absent}, GoodsId{0}}, kNever)));
    }
    EXPECT_EQ(source_.asked_in_all(), 0);
    EXPECT_EQ(store_.keys(), 0U) << "nor kept as absent";
    EXPECT_TRUE(get(pages_.shop(ShopId{3}, kNever)));
    EXPECT_TRUE(get(pages_.goods(GoodsId{1}, kNever)));
}

TEST_F(ReadPath, UntilTheFilterIsBuiltEverythingIsAskedFor) {
    EXPECT_FALSE(get(pages_.shop(ShopId{1'000'000}, kNever)));
    EXPECT_EQ(source_.asked["shop"], 1);
}

TEST_F(ReadPath, AShopThatWasCreatedElsewhereIsNeverDenied) {
    (void)keep_up();
    shop_ids_.last = 4;
    source_.shop_rows[4] = Shop{ShopId{4}, "New", "food", "Leeds"};
    EXPECT_TRUE(get(pages_.shop(ShopId{4}, kNever))) << "before the filter could hear of it";
    clock_.advance(keep_up());
    (void)keep_up();
    EXPECT_TRUE(get(pages_.shop(ShopId{4}, kNever)));
}

TEST_F(ReadPath, WhileATableCannotBeReadNothingIsDeniedAndThatIsToldOnce) {
    (void)keep_up();
    shop_ids_.down = true;
    for (int i = 0; i < 60; ++i) clock_.advance(keep_up());
    EXPECT_EQ(log_.count(LogLevel::kWarn), 1U) << "whatever the other table says meanwhile";
    EXPECT_TRUE(log_.contains("table=shops"));
    goods_ids_.down = true;
    for (int i = 0; i < 60; ++i) clock_.advance(keep_up());
    EXPECT_EQ(log_.count(LogLevel::kWarn), 2U);
    EXPECT_FALSE(get(pages_.shop(ShopId{1'000'000}, kNever)));
    EXPECT_EQ(source_.asked["shop"], 1) << "the filter no longer vouches for what is above it";
    shop_ids_.down = goods_ids_.down = false;
    for (int i = 0; i < 3; ++i) clock_.advance(keep_up());
    EXPECT_FALSE(get(pages_.shop(ShopId{1'000'001}, kNever)));
    EXPECT_EQ(source_.asked["shop"], 1);
}

TEST_F(ReadPath, EveryPageOfAShopsReviewsIsForgottenByOneWord) {
    review(1);
    EXPECT_EQ(reviews_shown(ReviewSort::kNewest), 1U);
    EXPECT_EQ(reviews_shown(ReviewSort::kHighest), 1U);
    review(2);
    EXPECT_EQ(reviews_shown(ReviewSort::kNewest), 1U) << "a copy";
    EXPECT_EQ(source_.asked["reviews"], 2);
    forget("reviews:1");
    EXPECT_EQ(reviews_shown(ReviewSort::kNewest), 2U);
    EXPECT_EQ(reviews_shown(ReviewSort::kHighest), 2U);
    EXPECT_EQ(source_.asked["reviews"], 4);
}

TEST_F(ReadPath, AForgottenPageIsReadAnewAndNoOtherIs) {
    (void)get(pages_.shop(ShopId{1}, kNever));
    (void)get(pages_.shop(ShopId{2}, kNever));
    (void)get(pages_.goods(GoodsId{1}, kNever));
    source_.shop_rows[1].name = "Renamed";
    source_.shop_rows[2].name = "Not told";
    forget("shop:1");
    EXPECT_EQ(get(pages_.shop(ShopId{1}, kNever))->name, "Renamed");
    EXPECT_EQ(get(pages_.shop(ShopId{2}, kNever))->name, "Shop 2");
    EXPECT_EQ(source_.asked["shop"], 3);
    EXPECT_EQ(source_.asked["goods"], 1);
}

// Every name that a store writes into the outbox, by the functions that make it.
TEST_F(ReadPath, EveryNameForgetsItsPageAndNoOther) {
    (void)add_sale(7, Millis{60'000});
    const auto read_all = [&] {
        (void)get(pages_.shop(ShopId{1}, kNever));
        (void)get(pages_.goods(GoodsId{1}, kNever));
        (void)get(pages_.sale(SaleId{7}, kNever));
        (void)get(pages_.shop_goods(ShopGoodsKey{ShopId{1}, GoodsId{0}}, kNever));
        (void)reviews_shown(ReviewSort::kNewest);
    };
    read_all();
    const std::map<std::string, std::string> names = {
        {shop_page_key(ShopId{1}), "shop"},        {goods_page_key(GoodsId{1}), "goods"},
        {sale_page_key(SaleId{7}), "sale"},        {shop_goods_page_key(ShopId{1}), "shop-goods"},
        {reviews_page_key(ShopId{1}), "reviews"},
    };
    for (const auto& [name, page] : names) {
        source_.asked.clear();
        read_all();
        EXPECT_EQ(source_.asked_in_all(), 0) << name;
        forget(name);
        read_all();
        EXPECT_EQ(source_.asked[page], 1) << name;
        // A new edition asks whether the shop is still there.
        const bool is_list = page == "reviews" || page == "shop-goods";
        EXPECT_EQ(source_.asked_in_all(), is_list ? 2 : 1) << name;
    }
}

// Filters, lengths and cursors are made up by whoever asks.
TEST_F(ReadPath, ListsAreKeptInThisProcessOnlyAndNoTwoQueriesShareAPage) {
    std::set<std::string> categories = {"", "food", "4.food", "-", "food/", "Leeds"};
    for (const std::string& category : categories) {
        ShopQuery query;
        query.category = category;
        (void)get(pages_.shops(query, kNever));
        query.city = category;
        (void)get(pages_.shops(query, kNever));
        query.category = std::nullopt;
        (void)get(pages_.shops(query, kNever));
    }
    ShopQuery plain;
    (void)get(pages_.shops(plain, kNever));
    plain.rows_max = 51;
    (void)get(pages_.shops(plain, kNever));
    plain.after = ShopCursor{0, ShopId{9}};
    (void)get(pages_.shops(plain, kNever));
    plain.sort = ShopSort::kScore;
    (void)get(pages_.shops(plain, kNever));
    EXPECT_EQ(source_.asked["shops"], static_cast<int>(3 * categories.size() + 4)) << "each is a page of its own";
    (void)get(pages_.shops(plain, kNever));
    EXPECT_EQ(source_.asked["shops"], static_cast<int>(3 * categories.size() + 4)) << "and is kept";
    EXPECT_EQ(store_.keys(), 0U) << "not where other processes read";
    stage_.play(kShopListAge + Millis{1});
    (void)get(pages_.shops(plain, kNever));
    EXPECT_EQ(source_.asked["shops"], static_cast<int>(3 * categories.size() + 5)) << "nothing is older than promised";
}

TEST_F(ReadPath, AWordForWhatIsNotKeptIsUnderstood) {
    for (const char* page : {"nonsense", "unknown:7", "shop:", ":"}) forget(page);
}

TEST_F(ReadPath, AWarmedSaleIsReadWithoutTheStores) {
    (void)add_sale(7, Millis{60'000});
    auto warm = warming(Millis{300'000});
    EXPECT_EQ(get(warm.warm(SaleId{7}, kNever)), 5U);
    EXPECT_EQ(meter_.counted(Count::kPagesWarmed), 5U);
    source_.asked.clear();
    EXPECT_TRUE(get(pages_.sale(SaleId{7}, kNever)));
    EXPECT_TRUE(get(pages_.goods(GoodsId{1}, kNever)));
    EXPECT_TRUE(get(pages_.shop(ShopId{1}, kNever)));
    EXPECT_EQ(reviews_shown(ReviewSort::kNewest), 0U);
    EXPECT_TRUE(get(pages_.shop_goods(ShopGoodsKey{ShopId{1}, GoodsId{0}}, kNever)));
    EXPECT_EQ(source_.asked_in_all(), 0);
}

TEST_F(ReadPath, ASaleThatDoesNotExistCannotBeWarmed) {
    auto warm = warming(Millis{300'000});
    const auto warmed = run(warm.warm(SaleId{7}, kNever));
    ASSERT_FALSE(warmed.ok());
    EXPECT_EQ(warmed.error().code, Code::kNotFound);
}

TEST_F(ReadPath, SalesAreWarmedOnceTheyOpenSoon) {
    (void)add_sale(1, Millis{-3'600'000});                    // opened long ago
    (void)add_sale(2, Millis{-1'000});                        // just opened
    (void)add_sale(3, Millis{250'000});                       // soon
    (void)add_sale(4, Millis{250'000}, SaleState::kPaused);   // may be resumed by then
    (void)add_sale(5, Millis{250'000}, SaleState::kClosed);
    (void)add_sale(6, Millis{900'000});                       // later
    auto warm = warming(Millis{300'000});
    const Millis pause = run(warm.round());
    EXPECT_EQ(source_.asked["sale"], 3);
    EXPECT_EQ(meter_.counted(Count::kPagesWarmed), 15U);
    // Whatever opens is within some round's reach before it opens.
    clock_.advance(Millis{600'001} - pause);
    EXPECT_LT(pause, Millis{60'000});
    (void)run(warm.round());
    EXPECT_TRUE(store_.keys() > 0);
    EXPECT_EQ(source_.asked["sale"], 4) << "the later one";
}

TEST_F(ReadPath, WarmingCanBeTurnedOff) {
    (void)add_sale(3, Millis{1'000});
    auto warm = warming(Millis{0});
    (void)run(warm.round());
    EXPECT_EQ(source_.asked_in_all(), 0);
}

TEST_F(ReadPath, AFailureToWarmIsToldOnceAndTriedAgain) {
    (void)add_sale(3, Millis{250'000});
    auto warm = warming(Millis{300'000});
    source_.down = true;
    (void)run(warm.round());
    (void)run(warm.round());
    EXPECT_EQ(log_.count(LogLevel::kWarn), 1U);
    source_.down = false;
    stage_.play(Millis{11'000});  // what failed is rested from
    (void)run(warm.round());
    EXPECT_EQ(meter_.counted(Count::kPagesWarmed), 5U);
}

}  // namespace
}  // namespace sluice
