#pragma once
// Rows of shops and goods as domain values. On the caller's connection and transaction; failures
// are thrown as SqliteError.

#include <optional>

#include "adapters/sqlite/connection.h"
#include "domain/shop.h"

namespace sluice {

inline constexpr std::string_view kSelectShop =
    "SELECT shop_id, name, category, city, latitude, longitude, rating_sum, rating_count"
    " FROM shops ";
inline constexpr std::string_view kSelectGoods =
    "SELECT goods_id, shop_id, title, description, price, currency FROM goods ";

Shop read_shop(const Statement& row);
Goods read_goods(const Statement& row);
std::optional<Shop> find_shop_row(Connection& connection, ShopId shop);
std::optional<Goods> find_goods_row(Connection& connection, GoodsId goods);

// kNotFound naming the shop.
Error no_such_shop(ShopId shop);

}  // namespace sluice
