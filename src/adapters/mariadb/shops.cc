// Shops and goods of MariaSaleBook; its sales are in sale_book.cc.

#include "adapters/mariadb/invalidation_outbox.h"
#include "adapters/mariadb/read_rows.h"
#include "adapters/mariadb/rows.h"
#include "adapters/mariadb/sale_book.h"
#include "adapters/mariadb/shop_lists.h"
#include "adapters/mariadb/shop_rows.h"
#include "domain/page_keys.h"

namespace sluice {
namespace {

using maria::Connection;

std::optional<std::int32_t> latitude(const Shop& shop) {
    return shop.location ? std::optional{shop.location->latitude_e6} : std::nullopt;
}
std::optional<std::int32_t> longitude(const Shop& shop) {
    return shop.location ? std::optional{shop.location->longitude_e6} : std::nullopt;
}

// Pages of sales name their shop.
void invalidate_sales_of(Connection& connection, ShopId shop) {
    connection.run(
        "INSERT INTO invalidations (page) SELECT CONCAT('sale:', s.sale_id) FROM goods g"
        " JOIN sales s ON s.goods_id = g.goods_id WHERE g.shop_id = ? AND s.state <> 'draft'"
        " ORDER BY s.sale_id",
        shop
    );
}

Result<Shop> write_shop_edit(
    Connection& connection, ShopId id, const ShopEdit& edit, const AuditNote& note
) {
    maria::lock_shop(connection, id);
    auto before = maria::find_shop_row(connection, id);
    if (!before) return maria::no_such_shop(id);
    Shop shop = edited(*before, edit);
    if (shop == *before) return shop;
    connection.run(
        "UPDATE shops SET name = ?, category = ?, city = ?, latitude = ?, longitude = ?"
        " WHERE shop_id = ?",
        shop.name, shop.category, shop.city, latitude(shop), longitude(shop), id
    );
    maria::write_note(connection, maria::read_now(connection), note);
    maria::write_invalidation(connection, shop_page_key(id));
    invalidate_sales_of(connection, id);
    return shop;
}

Result<GoodsId> write_goods(Connection& connection, const Goods& goods) {
    if (!maria::lock_shop(connection, goods.shop)) return maria::no_such_shop(goods.shop);
    connection.run(
        "INSERT INTO goods (shop_id, title, description, price, currency)"
        " VALUES (?, ?, ?, ?, ?)",
        goods.shop, goods.title, goods.description, goods.price, goods.currency
    );
    const GoodsId id{static_cast<std::int64_t>(connection.last_insert_id())};
    maria::write_invalidation(connection, goods_page_key(id));
    maria::write_invalidation(connection, shop_goods_page_key(goods.shop));
    return id;
}

}  // namespace

Task<Result<ShopId>> MariaSaleBook::create_shop(Shop shop, Deadline deadline) {
    auto work = [shop = std::move(shop)](Connection& connection) -> Result<ShopId> {
        connection.run(
            "INSERT INTO shops (name, category, city, latitude, longitude)"
            " VALUES (?, ?, ?, ?, ?)",
            shop.name, shop.category, shop.city, latitude(shop), longitude(shop)
        );
        const ShopId id{static_cast<std::int64_t>(connection.last_insert_id())};
        maria::write_invalidation(connection, shop_page_key(id));
        return id;
    };
    return pool_.write<ShopId>(deadline, std::move(work));
}

Task<Result<Shop>> MariaSaleBook::update_shop(
    ShopId shop, ShopEdit edit, AuditNote note, Deadline deadline
) {
    auto work = [shop, edit = std::move(edit), note = std::move(note)](Connection& connection) {
        return write_shop_edit(connection, shop, edit, note);
    };
    return pool_.write<Shop>(deadline, std::move(work));
}

Task<Result<GoodsId>> MariaSaleBook::create_goods(Goods goods, Deadline deadline) {
    auto work = [goods = std::move(goods)](Connection& connection) {
        return write_goods(connection, goods);
    };
    return pool_.write<GoodsId>(deadline, std::move(work));
}

Task<Result<std::optional<Shop>>> MariaSaleBook::find_shop(ShopId shop, Deadline deadline) {
    using Row = std::optional<Shop>;
    auto work = [shop](Connection& connection) -> Result<Row> {
        return maria::find_shop_row(connection, shop);
    };
    return pool_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<Goods>>> MariaSaleBook::find_goods(GoodsId goods, Deadline deadline) {
    using Row = std::optional<Goods>;
    auto work = [goods](Connection& connection) -> Result<Row> {
        return maria::find_goods_row(connection, goods);
    };
    return pool_.read<Row>(deadline, std::move(work));
}

Task<Result<std::vector<Shop>>> MariaSaleBook::list_shops(ShopQuery query, Deadline deadline) {
    using Rows = std::vector<Shop>;
    auto work = [query = std::move(query)](Connection& connection) -> Result<Rows> {
        return maria::list_shop_rows(connection, query);
    };
    return pool_.read<Rows>(deadline, std::move(work));
}

Task<Result<std::vector<Goods>>> MariaSaleBook::list_goods(
    GoodsId after, std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Goods>;
    auto work = [after, rows_max](Connection& connection) -> Result<Rows> {
        static const std::string sql =
            std::string(maria::kSelectGoods) + "WHERE goods_id > ? ORDER BY goods_id LIMIT ?";
        return maria::read_all(connection, sql, maria::read_goods, after, rows_max);
    };
    return pool_.read<Rows>(deadline, std::move(work));
}

Task<Result<std::vector<Goods>>> MariaSaleBook::list_goods_of(
    ShopId shop, GoodsId after, std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Goods>;
    auto work = [shop, after, rows_max](Connection& connection) -> Result<Rows> {
        static const std::string sql =
            std::string(maria::kSelectGoods) +
            "WHERE shop_id = ? AND goods_id > ? ORDER BY goods_id LIMIT ?";
        return maria::read_all(connection, sql, maria::read_goods, shop, after, rows_max);
    };
    return pool_.read<Rows>(deadline, std::move(work));
}

}  // namespace sluice
