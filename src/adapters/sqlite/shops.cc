// Shops and goods of SqliteSaleBook; its sales are in sale_book.cc.

#include "adapters/sqlite/dialect.h"
#include "adapters/sqlite/sale_book.h"
#include "adapters/sql/shop_pages.h"

namespace sluice {

Task<Result<ShopId>> SqliteSaleBook::create_shop(Shop shop, Deadline deadline) {
    auto work = [shop = std::move(shop)](Connection& connection, WallTime) -> Result<ShopId> {
        return sql::insert_shop(connection, shop);
    };
    return calls_.write<ShopId>(deadline, std::move(work));
}

Task<Result<Shop>> SqliteSaleBook::update_shop(
    ShopId shop, ShopEdit edit, AuditNote note, Deadline deadline
) {
    auto work = [shop, edit = std::move(edit), note = std::move(note)](
                    Connection& connection, WallTime now
                ) { return sql::edit_shop(connection, shop, edit, note, [now] { return now; }); };
    return calls_.write<Shop>(deadline, std::move(work));
}

Task<Result<GoodsId>> SqliteSaleBook::create_goods(Goods goods, Deadline deadline) {
    auto work = [goods = std::move(goods)](Connection& connection, WallTime) {
        return sql::insert_goods(connection, goods);
    };
    return calls_.write<GoodsId>(deadline, std::move(work));
}

Task<Result<std::optional<Shop>>> SqliteSaleBook::find_shop(ShopId shop, Deadline deadline) {
    using Row = std::optional<Shop>;
    auto work = [shop](Connection& connection, WallTime) -> Result<Row> {
        return sql::find_shop_row(connection, shop);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<Goods>>> SqliteSaleBook::find_goods(GoodsId goods, Deadline deadline) {
    using Row = std::optional<Goods>;
    auto work = [goods](Connection& connection, WallTime) -> Result<Row> {
        return sql::find_goods_row(connection, goods);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::vector<Shop>>> SqliteSaleBook::list_shops(ShopQuery query, Deadline deadline) {
    using Rows = std::vector<Shop>;
    auto work = [query = std::move(query)](Connection& connection, WallTime) -> Result<Rows> {
        return sql::list_shop_rows(connection, query);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

Task<Result<std::vector<Goods>>> SqliteSaleBook::list_goods_of(
    ShopId shop, GoodsId after, std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Goods>;
    auto work = [shop, after, rows_max](Connection& connection, WallTime) -> Result<Rows> {
        return sql::list_goods_rows_of(connection, shop, after, rows_max);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

}  // namespace sluice
