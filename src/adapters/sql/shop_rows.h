#pragma once
// Shops and goods as rows: read, created and edited, with the pages that each change makes wrong. On the caller's connection
// and transaction; the store's exceptions pass.

#include <optional>
#include <string>

#include "adapters/sql/read_rows.h"
#include "base/result.h"
#include "domain/ledger_change.h"
#include "domain/page_keys.h"
#include "domain/shop.h"

namespace sluice::sql {

inline constexpr std::string_view kSelectShop =
    "SELECT shop_id, name, category, city, latitude, longitude, rating_sum, rating_count FROM shops ";
inline constexpr std::string_view kSelectGoods =
    "SELECT goods_id, shop_id, title, description, price, currency FROM goods ";

inline constexpr auto read_shop = [](const auto& row) {
    Shop shop;
    shop.id = row.template get<ShopId>(0);
    shop.name = row.template get<std::string>(1);
    shop.category = row.template get<std::string>(2);
    shop.city = row.template get<std::string>(3);
    if (!row.is_null(4)) {
        shop.location = {row.template get<std::int32_t>(4), row.template get<std::int32_t>(5)};
    }
    shop.ratings = {row.template get<std::int64_t>(6), row.template get<std::int64_t>(7)};
    return shop;
};

inline constexpr auto read_goods = [](const auto& row) {
    Goods goods;
    goods.id = row.template get<GoodsId>(0);
    goods.shop = row.template get<ShopId>(1);
    goods.title = row.template get<std::string>(2);
    goods.description = row.template get<std::string>(3);
    goods.price = row.template get<Cents>(4);
    goods.currency = row.template get<Currency>(5);
    return goods;
};

// kNotFound naming the shop.
inline Error no_such_shop(ShopId shop) { return fail(Code::kNotFound, "no shop " + std::to_string(shop.value())); }

template <class Connection>
std::optional<Shop> find_shop_row(Connection& connection, ShopId shop) {
    static const std::string sql = std::string(kSelectShop) + "WHERE shop_id = ?";
    return read_one(connection, sql, read_shop, shop);
}

template <class Connection>
std::optional<Goods> find_goods_row(Connection& connection, GoodsId goods) {
    static const std::string sql = std::string(kSelectGoods) + "WHERE goods_id = ?";
    return read_one(connection, sql, read_goods, goods);
}

template <class Connection>
ShopId insert_shop(Connection& connection, const Shop& shop) {
    connection.run(
        "INSERT INTO shops (name, category, city, latitude, longitude) VALUES (?, ?, ?, ?, ?)", shop.name,
        shop.category, shop.city, latitude_of(shop), longitude_of(shop)
    );
    const ShopId id{last_id(connection)};
    write_invalidation(connection, shop_page_key(id));
    return id;
}

// `now` is called behind the lock. Pages of sales name their shop, so they are named too.
template <class Connection, class Now>
Result<Shop> edit_shop(Connection& connection, ShopId id, const ShopEdit& edit, const AuditNote& note, Now now) {
    if (!lock_shop(connection, id)) return no_such_shop(id);
    const Shop before = find_shop_row(connection, id).value();
    Shop shop = edited(before, edit);
    if (shop == before) return shop;
    connection.run(
        "UPDATE shops SET name = ?, category = ?, city = ?, latitude = ?, longitude = ? WHERE shop_id = ?", shop.name,
        shop.category, shop.city, latitude_of(shop), longitude_of(shop), id
    );
    write_note(connection, now(), note);
    write_invalidation(connection, shop_page_key(id));
    const auto sales = read_all(
        connection,
        "SELECT s.sale_id FROM goods g JOIN sales s ON s.goods_id = g.goods_id"
        " WHERE g.shop_id = ? AND s.state <> 'draft' ORDER BY s.sale_id",
        [](const auto& row) { return row.template get<SaleId>(0); }, id
    );
    for (const SaleId sale : sales) write_invalidation(connection, sale_page_key(sale));
    return shop;
}

template <class Connection>
Result<GoodsId> insert_goods(Connection& connection, const Goods& goods) {
    if (!lock_shop(connection, goods.shop)) return no_such_shop(goods.shop);
    connection.run(
        "INSERT INTO goods (shop_id, title, description, price, currency) VALUES (?, ?, ?, ?, ?)", goods.shop,
        goods.title, goods.description, goods.price, goods.currency
    );
    const GoodsId id{last_id(connection)};
    write_invalidation(connection, goods_page_key(id));
    write_invalidation(connection, shop_goods_page_key(goods.shop));
    return id;
}

template <class Connection>
std::vector<Goods> list_goods_rows_of(Connection& connection, ShopId shop, GoodsId after, std::size_t rows_max) {
    static const std::string sql =
        std::string(kSelectGoods) + "WHERE shop_id = ? AND goods_id > ? ORDER BY goods_id LIMIT ?";
    return read_all(connection, sql, read_goods, shop, after, rows_max);
}

}  // namespace sluice::sql
