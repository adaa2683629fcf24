// Shops and goods of SqliteSaleBook; its sales are in sale_book.cc.

#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger_rows.h"
#include "adapters/sqlite/read_rows.h"
#include "adapters/sqlite/sale_book.h"
#include "adapters/sqlite/shop_lists.h"
#include "adapters/sqlite/shop_rows.h"
#include "domain/page_keys.h"

namespace sluice {
namespace {

std::optional<std::int32_t> latitude(const Shop& shop) {
    return shop.location ? std::optional{shop.location->latitude_e6} : std::nullopt;
}
std::optional<std::int32_t> longitude(const Shop& shop) {
    return shop.location ? std::optional{shop.location->longitude_e6} : std::nullopt;
}

// Pages of sales name their shop.
void invalidate_sales_of(Connection& connection, ShopId shop) {
    connection.run(
        "INSERT INTO invalidations (page) SELECT 'sale:' || s.sale_id FROM goods g"
        " JOIN sales s ON s.goods_id = g.goods_id WHERE g.shop_id = ?1 AND s.state <> 'draft'"
        " ORDER BY s.sale_id",
        shop
    );
}

Result<Shop> write_shop_edit(
    Connection& connection, ShopId id, const ShopEdit& edit, const AuditNote& note, WallTime now
) {
    auto before = find_shop_row(connection, id);
    if (!before) return no_such_shop(id);
    Shop shop = edited(*before, edit);
    if (shop == *before) return shop;
    connection.run(
        "UPDATE shops SET name = ?2, category = ?3, city = ?4, latitude = ?5, longitude = ?6"
        " WHERE shop_id = ?1",
        id, shop.name, shop.category, shop.city, latitude(shop), longitude(shop)
    );
    write_note(connection, now, note);
    write_invalidation(connection, shop_page_key(id));
    invalidate_sales_of(connection, id);
    return shop;
}

Result<GoodsId> write_goods(Connection& connection, const Goods& goods) {
    if (!find_shop_row(connection, goods.shop)) return no_such_shop(goods.shop);
    connection.run(
        "INSERT INTO goods (shop_id, title, description, price, currency)"
        " VALUES (?1, ?2, ?3, ?4, ?5)",
        goods.shop, goods.title, goods.description, goods.price, goods.currency
    );
    const GoodsId id{connection.last_row_id()};
    write_invalidation(connection, goods_page_key(id));
    write_invalidation(connection, shop_goods_page_key(goods.shop));
    return id;
}

}  // namespace

Task<Result<ShopId>> SqliteSaleBook::create_shop(Shop shop, Deadline deadline) {
    auto work = [shop = std::move(shop)](Connection& connection, WallTime) -> Result<ShopId> {
        connection.run(
            "INSERT INTO shops (name, category, city, latitude, longitude)"
            " VALUES (?1, ?2, ?3, ?4, ?5)",
            shop.name, shop.category, shop.city, latitude(shop), longitude(shop)
        );
        const ShopId id{connection.last_row_id()};
        write_invalidation(connection, shop_page_key(id));
        return id;
    };
    return calls_.write<ShopId>(deadline, std::move(work));
}

Task<Result<Shop>> SqliteSaleBook::update_shop(
    ShopId shop, ShopEdit edit, AuditNote note, Deadline deadline
) {
    auto work = [shop, edit = std::move(edit), note = std::move(note)](
                    Connection& connection, WallTime now
                ) { return write_shop_edit(connection, shop, edit, note, now); };
    return calls_.write<Shop>(deadline, std::move(work));
}

Task<Result<GoodsId>> SqliteSaleBook::create_goods(Goods goods, Deadline deadline) {
    auto work = [goods = std::move(goods)](Connection& connection, WallTime) {
        return write_goods(connection, goods);
    };
    return calls_.write<GoodsId>(deadline, std::move(work));
}

Task<Result<std::optional<Shop>>> SqliteSaleBook::find_shop(ShopId shop, Deadline deadline) {
    using Row = std::optional<Shop>;
    auto work = [shop](Connection& connection, WallTime) -> Result<Row> {
        return find_shop_row(connection, shop);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<Goods>>> SqliteSaleBook::find_goods(GoodsId goods, Deadline deadline) {
    using Row = std::optional<Goods>;
    auto work = [goods](Connection& connection, WallTime) -> Result<Row> {
        return find_goods_row(connection, goods);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::vector<Shop>>> SqliteSaleBook::list_shops(ShopQuery query, Deadline deadline) {
    using Rows = std::vector<Shop>;
    auto work = [query = std::move(query)](Connection& connection, WallTime) -> Result<Rows> {
        return list_shop_rows(connection, query);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

Task<Result<std::vector<Goods>>> SqliteSaleBook::list_goods(
    GoodsId after, std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Goods>;
    auto work = [after, rows_max](Connection& connection, WallTime) -> Result<Rows> {
        static const std::string sql =
            std::string(kSelectGoods) + "WHERE goods_id > ?1 ORDER BY goods_id LIMIT ?2";
        return read_all(connection, sql, read_goods, after, rows_max);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

Task<Result<std::vector<Goods>>> SqliteSaleBook::list_goods_of(
    ShopId shop, GoodsId after, std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Goods>;
    auto work = [shop, after, rows_max](Connection& connection, WallTime) -> Result<Rows> {
        static const std::string sql =
            std::string(kSelectGoods) +
            "WHERE shop_id = ?1 AND goods_id > ?2 ORDER BY goods_id LIMIT ?3";
        return read_all(connection, sql, read_goods, shop, after, rows_max);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

}  // namespace sluice
