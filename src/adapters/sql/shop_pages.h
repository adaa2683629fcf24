#pragma once
// Lists of shops by keyset, on the caller's connection and transaction; the store's exceptions pass. One page is at most
// two ranges of one index: the rest of the shops with the cursor's score, then those below it. So a page costs the same
// wherever it is, and among however many equals.

#include <utility>
#include <vector>

#include "adapters/sql/shop_rows.h"
#include "ports/sale_book.h"

namespace sluice::sql {

template <class Connection>
class ShopPage {
public:
    ShopPage(Connection& connection, const ShopQuery& query) : connection_(connection), query_(query) {}

    std::vector<Shop> read() {
        const auto& after = query_.after;
        if (query_.sort == ShopSort::kNewest) {
            if (after) {
                add(" AND shop_id < ? ORDER BY shop_id DESC", after->shop);
            } else {
                add(" ORDER BY shop_id DESC");
            }
        } else if (after) {
            add(" AND score = ? AND shop_id < ? ORDER BY shop_id DESC", after->score, after->shop);
            add(" AND score < ? ORDER BY score DESC, shop_id DESC", after->score);
        } else {
            add(" ORDER BY score DESC, shop_id DESC");
        }
        return std::move(shops_);
    }

private:
    template <class... Values>
    void add(std::string_view range, const Values&... values) {
        const std::size_t left = query_.rows_max - shops_.size();
        if (left == 0) return;
        std::string sql = std::string(kSelectShop) + "WHERE TRUE";
        if (query_.city) sql += equal("city");
        if (query_.category) sql += equal("category");
        auto row = connection_.prepare(sql.append(range).append(" LIMIT ?"));
        if (query_.city && query_.category) {
            row.query(*query_.city, *query_.city, *query_.category, *query_.category, values..., left);
        } else if (query_.city) {
            row.query(*query_.city, *query_.city, values..., left);
        } else if (query_.category) {
            row.query(*query_.category, *query_.category, values..., left);
        } else {
            row.query(values..., left);
        }
        while (row.next()) shops_.push_back(read_shop(row));
    }
    // To a collation that pads, as MariaDB's, "Café" and "Café " are one. The length is a value and not part of the text:
    // texts of statements are kept for ever.
    static std::string equal(const std::string& column) {
        return " AND " + column + " = ? AND LENGTH(" + column + ") = LENGTH(?)";
    }

    Connection& connection_;
    const ShopQuery& query_;
    std::vector<Shop> shops_;
};

template <class Connection>
std::vector<Shop> list_shop_rows(Connection& connection, const ShopQuery& query) {
    return ShopPage<Connection>(connection, query).read();
}

}  // namespace sluice::sql
