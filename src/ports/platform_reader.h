#pragma once
// PlatformReader: every page of the platform as one function of one key. The stores answer it (app/read_platform.h); a
// cache wraps it and answers most of it. A page is a value: equal keys at one moment give equal pages.
//
// Thread-safe or of one io thread, as its maker says. nullopt: there is no such thing (worth remembering too).

#include <optional>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "ports/review_book.h"
#include "ports/sale_book.h"

namespace sluice {

struct ReviewsPage {
    std::vector<Review> reviews;
    std::optional<ReviewCursor> next;  // nullopt: the last page
};
struct ShopsPage {
    std::vector<Shop> shops;
    std::optional<ShopCursor> next;
};
struct ShopGoodsKey {
    ShopId shop;
    GoodsId after;  // 0: from the first
    std::size_t rows_max = 50;
};
struct GoodsPage {
    std::vector<Goods> goods;
    std::optional<GoodsId> next;
};

class PlatformReader {
public:
    virtual ~PlatformReader() = default;
    virtual Task<Result<std::optional<Shop>>> shop(ShopId shop, Deadline) = 0;                 // "shop:17"
    virtual Task<Result<std::optional<ReviewsPage>>> reviews(ReviewQuery key, Deadline) = 0;   // "reviews:17"
    virtual Task<Result<std::optional<GoodsPage>>> shop_goods(ShopGoodsKey key, Deadline) = 0;  // "shop-goods:17"
    virtual Task<Result<std::optional<Goods>>> goods(GoodsId goods, Deadline) = 0;             // "goods:5"
    virtual Task<Result<std::optional<SalePage>>> sale(SaleId sale, Deadline) = 0;             // "sale:9"
    // No invalidation names a list of shops: every review moves a score. Copies of it are as old as their time to live.
    virtual Task<Result<ShopsPage>> shops(ShopQuery key, Deadline) = 0;
};

}  // namespace sluice
