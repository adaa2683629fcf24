#include "adapters/mariadb/shop_rows.h"

#include "adapters/mariadb/read_rows.h"

namespace sluice::maria {

Shop read_shop(const Row& row) {
    Shop shop{
        row.get<ShopId>(0), row.get<std::string>(1), row.get<std::string>(2),
        row.get<std::string>(3)};
    if (!row.is_null(4)) shop.location = {row.get<std::int32_t>(4), row.get<std::int32_t>(5)};
    shop.ratings = {row.get<std::int64_t>(6), row.get<std::int64_t>(7)};
    return shop;
}

Goods read_goods(const Row& row) {
    return {row.get<GoodsId>(0),     row.get<ShopId>(1), row.get<std::string>(2),
            row.get<std::string>(3), row.get<Cents>(4),  row.get<Currency>(5)};
}

std::optional<Shop> find_shop_row(Connection& connection, ShopId shop) {
    static const std::string sql = std::string(kSelectShop) + "WHERE shop_id = ?";
    return read_one(connection, sql, read_shop, shop);
}

std::optional<Goods> find_goods_row(Connection& connection, GoodsId goods) {
    static const std::string sql = std::string(kSelectGoods) + "WHERE goods_id = ?";
    return read_one(connection, sql, read_goods, goods);
}

bool lock_shop(Connection& connection, ShopId shop) {
    auto row = connection.prepare("SELECT 1 FROM shops WHERE shop_id = ? FOR UPDATE");
    return row.query(shop).next();
}

Error no_such_shop(ShopId shop) {
    return fail(Code::kNotFound, "no shop " + std::to_string(shop.value()));
}

}  // namespace sluice::maria
