#include "adapters/mariadb/platform_import.h"

#include <algorithm>
#include <memory>
#include <span>

#include "adapters/sql/import_mark.h"

namespace sluice {
namespace {

using maria::Connection;
using maria::SqlText;

constexpr std::size_t kRowsMax = 500;  // of one statement: far below max_allowed_packet

// `insert` up to VALUES, then a row for each item.
template <class Item, class Put>
void insert_all(
    Connection& connection, std::string_view insert, const std::vector<Item>& items, Put put
) {
    for (std::size_t first = 0; first < items.size(); first += kRowsMax) {
        const auto count = std::min(kRowsMax, items.size() - first);
        SqlText text;
        text.sql(insert).joined(std::span(items).subspan(first, count), put).end();
        connection.ask(text).next_statement();
    }
}

void put_shop(SqlText& text, const Shop& shop) {
    text.row(
        shop.id, shop.name, shop.category, shop.city, latitude_of(shop), longitude_of(shop), shop.ratings.sum,
        shop.ratings.count
    );
}

void put_goods(SqlText& text, const Goods& goods) {
    text.row(goods.id, goods.shop, goods.title, goods.description, goods.price, goods.currency);
}

void put_review(SqlText& text, const Review& review) {
    text.row(
        review.id, review.shop, review.buyer, review.rating, review.text, to_string(review.state),
        review.created_at, review.edited_at
    );
}

void insert_batch(Connection& connection, const PlatformBatch& batch) {
    insert_all(
        connection,
        "INSERT INTO shops (shop_id, name, category, city, latitude, longitude, rating_sum,"
        " rating_count) VALUES ",
        batch.shops, put_shop
    );
    insert_all(
        connection,
        "INSERT INTO goods (goods_id, shop_id, title, description, price, currency) VALUES ",
        batch.goods, put_goods
    );
    insert_all(
        connection,
        "INSERT INTO reviews (review_id, shop_id, buyer, rating, text, state, created_at,"
        " edited_at) VALUES ",
        batch.reviews, put_review
    );
}

}  // namespace

Task<Result<ImportState>> MariaPlatformImport::state(Deadline deadline) {
    MariaPool::Work<ImportState> work = [](Connection& connection) {
        return Result<ImportState>(sql::read_import_state(connection));
    };
    return pool_.read<ImportState>(deadline, std::move(work));
}

Task<Result<Done>> MariaPlatformImport::add(
    PlatformBatch batch, ImportMark after, Deadline deadline
) {
    MariaPool::Work<Done> work = [batch = std::make_shared<const PlatformBatch>(std::move(batch)),
                                  after](Connection& connection) -> Result<Done> {
        insert_batch(connection, *batch);
        sql::write_import_mark(connection, after);
        return Done{};
    };
    return pool_.write<Done>(deadline, std::move(work));
}

}  // namespace sluice
