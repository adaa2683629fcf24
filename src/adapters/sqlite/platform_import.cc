#include "adapters/sqlite/platform_import.h"

#include <memory>

#include "adapters/sql/import_mark.h"

namespace sluice {
namespace {

void insert_shops(Connection& connection, const std::vector<Shop>& shops) {
    auto row = connection.prepare(
        "INSERT INTO shops (shop_id, name, category, city, latitude, longitude, rating_sum,"
        " rating_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    for (const Shop& shop : shops) {
        row.run(
            shop.id, shop.name, shop.category, shop.city, latitude_of(shop), longitude_of(shop), shop.ratings.sum,
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
    auto work = [](Connection& connection, WallTime) { return Result<ImportState>(sql::read_import_state(connection)); };
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
        sql::write_import_mark(connection, after);
        return Done{};
    };
    return calls_.write<Done>(deadline, std::move(work));
}

}  // namespace sluice
