// Shops and goods of MariaSaleBook; its sales are in sale_book.cc.

#include "adapters/mariadb/dialect.h"
#include "adapters/mariadb/sale_book.h"
#include "adapters/sql/shop_pages.h"

namespace sluice {

using maria::Connection;

Task<Result<ShopId>> MariaSaleBook::create_shop(Shop shop, Deadline deadline) {
    auto work = [shop = std::move(shop)](Connection& connection) -> Result<ShopId> {
        return sql::insert_shop(connection, shop);
    };
    return pool_.write<ShopId>(deadline, std::move(work));
}

Task<Result<Shop>> MariaSaleBook::update_shop(
    ShopId shop, ShopEdit edit, AuditNote note, Deadline deadline
) {
    auto work = [shop, edit = std::move(edit), note = std::move(note)](Connection& connection) {
        return sql::edit_shop(connection, shop, edit, note, [&] { return maria::read_now(connection); });
    };
    return pool_.write<Shop>(deadline, std::move(work));
}

Task<Result<GoodsId>> MariaSaleBook::create_goods(Goods goods, Deadline deadline) {
    auto work = [goods = std::move(goods)](Connection& connection) {
        return sql::insert_goods(connection, goods);
    };
    return pool_.write<GoodsId>(deadline, std::move(work));
}

Task<Result<std::optional<Shop>>> MariaSaleBook::find_shop(ShopId shop, Deadline deadline) {
    using Row = std::optional<Shop>;
    auto work = [shop](Connection& connection) -> Result<Row> {
        return sql::find_shop_row(connection, shop);
    };
    return pool_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<Goods>>> MariaSaleBook::find_goods(GoodsId goods, Deadline deadline) {
    using Row = std::optional<Goods>;
    auto work = [goods](Connection& connection) -> Result<Row> {
        return sql::find_goods_row(connection, goods);
    };
    return pool_.read<Row>(deadline, std::move(work));
}

Task<Result<std::vector<Shop>>> MariaSaleBook::list_shops(ShopQuery query, Deadline deadline) {
    using Rows = std::vector<Shop>;
    auto work = [query = std::move(query)](Connection& connection) -> Result<Rows> {
        return sql::list_shop_rows(connection, query);
    };
    return pool_.read<Rows>(deadline, std::move(work));
}

Task<Result<std::vector<Goods>>> MariaSaleBook::list_goods_of(
    ShopId shop, GoodsId after, std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Goods>;
    auto work = [shop, after, rows_max](Connection& connection) -> Result<Rows> {
        return sql::list_goods_rows_of(connection, shop, after, rows_max);
    };
    return pool_.read<Rows>(deadline, std::move(work));
}

}  // namespace sluice
