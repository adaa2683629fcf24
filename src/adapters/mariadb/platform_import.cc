#include "adapters/mariadb/platform_import.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "adapters/mariadb/read_rows.h"

namespace sluice {
namespace {

using maria::Connection;
using maria::SqlText;

constexpr std::size_t kRowsMax = 500;  // of one statement: far below max_allowed_packet

using Setting = std::pair<std::string_view, std::int64_t ImportMark::*>;
constexpr std::array kSettings{
    Setting{"seed_number", &ImportMark::seed}, Setting{"seed_shops", &ImportMark::shops},
    Setting{"seed_reviews", &ImportMark::reviews}, Setting{"seed_next", &ImportMark::next}};

Result<ImportState> read_state(Connection& connection) {
    ImportState state;
    ImportMark mark;
    std::size_t found = 0;
    for (const auto& [name, member] : kSettings) {
        const auto read = [](const maria::Row& row) { return row.get<std::int64_t>(0); };
        const auto value =
            maria::read_one(connection, "SELECT value FROM settings WHERE name = ?", read, name);
        if (value) mark.*member = *value;
        found += value ? 1 : 0;
    }
    if (found == kSettings.size()) state.mark = mark;
    state.empty =
        !maria::row_exists(connection, "SELECT 1 FROM shops WHERE shop_id >= ? LIMIT 1", 0);
    return state;
}

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
    std::optional<std::int32_t> latitude;
    std::optional<std::int32_t> longitude;
    if (shop.location) {
        latitude = shop.location->latitude_e6;
        longitude = shop.location->longitude_e6;
    }
    text.row(
        shop.id, shop.name, shop.category, shop.city, latitude, longitude, shop.ratings.sum,
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
        return read_state(connection);
    };
    return pool_.read<ImportState>(deadline, std::move(work));
}

Task<Result<Done>> MariaPlatformImport::add(
    PlatformBatch batch, ImportMark after, Deadline deadline
) {
    MariaPool::Work<Done> work = [batch = std::make_shared<const PlatformBatch>(std::move(batch)),
                                  after](Connection& connection) -> Result<Done> {
        insert_batch(connection, *batch);
        for (const auto& [name, member] : kSettings) {
            connection.run(
                "INSERT INTO settings (name, value) VALUES (?, ?)"
                " ON DUPLICATE KEY UPDATE value = VALUES(value)",
                name, after.*member
            );
        }
        return Done{};
    };
    return pool_.write<Done>(deadline, std::move(work));
}

}  // namespace sluice
