#pragma once
// Rows of shops and goods as domain values. On the caller's connection and transaction; failures
// are thrown as SqlError.

#include <optional>

#include "adapters/mariadb/connection.h"
#include "domain/shop.h"

namespace sluice::maria {

inline constexpr std::string_view kSelectShop =
    "SELECT shop_id, name, category, city, latitude, longitude, rating_sum, rating_count"
    " FROM shops ";
inline constexpr std::string_view kSelectGoods =
    "SELECT goods_id, shop_id, title, description, price, currency FROM goods ";

Shop read_shop(const Row& row);
Goods read_goods(const Row& row);
std::optional<Shop> find_shop_row(Connection& connection, ShopId shop);
std::optional<Goods> find_goods_row(Connection& connection, GoodsId goods);
// Locks the shop's row, which comes first in every transaction that writes to it or to what it
// owns; false: no such shop.
bool lock_shop(Connection& connection, ShopId shop);

// kNotFound naming the shop.
Error no_such_shop(ShopId shop);

}  // namespace sluice::maria
