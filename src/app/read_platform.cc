#include "app/read_platform.h"

#include <utility>

namespace sluice {
namespace {

// Rows were asked for one more than a page holds: whether there is a next one is known without asking again.
template <class Row>
bool cut_to_page(std::vector<Row>& rows, std::size_t rows_max) {
    if (rows.size() <= rows_max) return false;
    rows.resize(rows_max);
    return true;
}

}  // namespace

Task<Result<std::optional<Shop>>> StorePlatformReader::shop(ShopId shop, Deadline deadline) {
    return sales_.find_shop(shop, deadline);
}

Task<Result<std::optional<Goods>>> StorePlatformReader::goods(GoodsId goods, Deadline deadline) {
    return sales_.find_goods(goods, deadline);
}

Task<Result<std::optional<SalePage>>> StorePlatformReader::sale(SaleId sale, Deadline deadline) {
    return sales_.find_sale_page(sale, deadline);
}

Task<Result<std::optional<ReviewsPage>>> StorePlatformReader::reviews(ReviewQuery key, Deadline deadline) {
    const std::size_t rows_max = key.rows_max++;
    const ShopId shop_id = key.shop;
    auto rows = co_await reviews_.list_reviews(std::move(key), deadline);
    if (!rows.ok()) co_return rows.error();
    if (rows->empty()) {  // none, or no such shop
        auto shop = co_await sales_.find_shop(shop_id, deadline);
        if (!shop.ok()) co_return shop.error();
        if (!shop->has_value()) co_return std::optional<ReviewsPage>{};
    }
    ReviewsPage page;
    const bool more = cut_to_page(*rows, rows_max);
    page.reviews = std::move(*rows);
    if (more) page.next = cursor_behind(page.reviews.back());
    co_return std::optional{std::move(page)};
}

Task<Result<std::optional<GoodsPage>>> StorePlatformReader::shop_goods(ShopGoodsKey key, Deadline deadline) {
    auto rows = co_await sales_.list_goods_of(key.shop, key.after, key.rows_max + 1, deadline);
    if (!rows.ok()) co_return rows.error();
    if (rows->empty()) {
        auto shop = co_await sales_.find_shop(key.shop, deadline);
        if (!shop.ok()) co_return shop.error();
        if (!shop->has_value()) co_return std::optional<GoodsPage>{};
    }
    GoodsPage page;
    const bool more = cut_to_page(*rows, key.rows_max);
    page.goods = std::move(*rows);
    if (more) page.next = page.goods.back().id;
    co_return std::optional{std::move(page)};
}

Task<Result<ShopsPage>> StorePlatformReader::shops(ShopQuery key, Deadline deadline) {
    const std::size_t rows_max = key.rows_max++;
    auto rows = co_await sales_.list_shops(std::move(key), deadline);
    if (!rows.ok()) co_return rows.error();
    ShopsPage page;
    const bool more = cut_to_page(*rows, rows_max);
    page.shops = std::move(*rows);
    if (more) page.next = cursor_behind(page.shops.back());
    co_return page;
}

}  // namespace sluice
