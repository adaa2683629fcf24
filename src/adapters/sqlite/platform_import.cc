#include "adapters/sqlite/platform_import.h"

#include <array>
#include <memory>

#include "adapters/sqlite/read_rows.h"

namespace sluice {
namespace {

using Setting = std::pair<std::string_view, std::int64_t ImportMark::*>;
constexpr std::array kSettings{
    Setting{"seed_number", &ImportMark::seed}, Setting{"seed_shops", &ImportMark::shops},
    Setting{"seed_reviews", &ImportMark::reviews}, Setting{"seed_next", &ImportMark::next}};

Result<ImportState> read_state(Connection& connection) {
    ImportState state;
    ImportMark mark;
    std::size_t found = 0;
    for (const auto& [name, member] : kSettings) {
        const auto read = [](const Statement& row) { return row.get<std::int64_t>(0); };
        const auto value =
            read_one(connection, "SELECT value FROM settings WHERE name = ?1", read, name);
        if (value) mark.*member = *value;
        found += value ? 1 : 0;
    }
    if (found == kSettings.size()) state.mark = mark;
    state.empty = !connection.prepare("SELECT 1 FROM shops LIMIT 1").next();
    return state;
}

void insert_shops(Connection& connection, const std::vector<Shop>& shops) {
    auto row = connection.prepare(
        "INSERT INTO shops (shop_id, name, category, city, latitude, longitude, rating_sum,"
        " rating_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    for (const Shop& shop : shops) {
        std::optional<std::int32_t> latitude;
        std::optional<std::int32_t> longitude;
        if (shop.location) {
            latitude = shop.location->latitude_e6;
            longitude = shop.location->longitude_e6;
        }
        row.run(
            shop.id, shop.name, shop.category, shop.city, latitude, longitude, shop.ratings.sum,
            shop.ratings.count
        );
    }
}

void insert_goods(Connection& connection, const std::vector<Goods>& goods) {
    auto row = connection.prepare(
        "INSERT INTO goods (goods_id, shop_id, title, description, price, currency)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    );
    for (const Goods& each : goods) {
        row.run(each.id, each.shop, each.title, each.description, each.price, each.currency);
    }
}

void insert_reviews(Connection& connection, const std::vector<Review>& reviews) {
    auto row = connection.prepare(
        "INSERT INTO reviews (review_id, shop_id, buyer, rating, text, state, created_at,"
        " edited_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    for (const Review& review : reviews) {
        row.run(
            review.id, review.shop, review.buyer, review.rating, review.text,
            to_string(review.state), review.created_at, review.edited_at
        );
    }
}

}  // namespace

Task<Result<ImportState>> SqlitePlatformImport::state(Deadline deadline) {
    auto work = [](Connection& connection, WallTime) { return read_state(connection); };
    return calls_.read<ImportState>(deadline, std::move(work));
}

Task<Result<Done>> SqlitePlatformImport::add(
    PlatformBatch batch, ImportMark after, Deadline deadline
) {
    auto work = [batch = std::make_shared<const PlatformBatch>(std::move(batch)),
                 after](Connection& connection, WallTime) -> Result<Done> {
        insert_shops(connection, batch->shops);
        insert_goods(connection, batch->goods);
        insert_reviews(connection, batch->reviews);
        for (const auto& [name, member] : kSettings) {
            connection.run(
                "INSERT INTO settings (name, value) VALUES (?1, ?2)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name, after.*member
            );
        }
        return Done{};
    };
    return calls_.write<Done>(deadline, std::move(work));
}

}  // namespace sluice
