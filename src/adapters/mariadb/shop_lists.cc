#include "adapters/mariadb/shop_lists.h"

#include "adapters/mariadb/shop_rows.h"

namespace sluice::maria {
namespace {

// One page is at most two ranges of one index: the rest of the shops with the cursor's score, then
// those below it. So a page costs the same wherever it is, and among however many equals.
class ShopPage {
public:
    ShopPage(Connection& connection, const ShopQuery& query)
        : connection_(connection), query_(query) {}

    std::vector<Shop> read() {
        const auto& after = query_.after;
        if (query_.sort == ShopSort::kNewest) {
            if (after) {
                add(" AND shop_id < ? ORDER BY shop_id DESC", after->shop);
            } else {
                add(" ORDER BY shop_id DESC");
            }
            return std::move(shops_);
        }
        if (!after) {
            add(" ORDER BY score DESC, shop_id DESC");
            return std::move(shops_);
        }
        add(" AND score = ? AND shop_id < ? ORDER BY shop_id DESC", after->score, after->shop);
        add(" AND score < ? ORDER BY score DESC, shop_id DESC", after->score);
        return std::move(shops_);
    }

private:
    // To a collation that pads, "Café" and "Café " are one.
    static std::string equal(const std::string& column, const std::string& text) {
        return " AND " + column + " = ? AND LENGTH(" + column + ") = " + std::to_string(text.size());
    }
    template <class... Values>
    void add(std::string_view range, const Values&... values) {
        const std::size_t left = query_.rows_max - shops_.size();
        if (left == 0) return;
        std::string sql = std::string(kSelectShop) + "WHERE TRUE";
        if (query_.city) sql += equal("city", *query_.city);
        if (query_.category) sql += equal("category", *query_.category);
        auto row = connection_.prepare(sql.append(range).append(" LIMIT ?"));
        if (query_.city && query_.category) {
            row.query(*query_.city, *query_.category, values..., left);
        } else if (query_.city) {
            row.query(*query_.city, values..., left);
        } else if (query_.category) {
            row.query(*query_.category, values..., left);
        } else {
            row.query(values..., left);
        }
        while (row.next()) shops_.push_back(read_shop(row));
    }

    Connection& connection_;
    const ShopQuery& query_;
    std::vector<Shop> shops_;
};

}  // namespace

std::vector<Shop> list_shop_rows(Connection& connection, const ShopQuery& query) {
    return ShopPage(connection, query).read();
}

}  // namespace sluice::maria
