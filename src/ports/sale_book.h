#pragma once
// Shops, goods and sales as rows: creating, editing, listing, and the operator's word. Stock itself moves only through
// Ledger::apply. Whatever changes a page that caches keep names it in the invalidation outbox, in the same transaction.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "domain/ledger_change.h"
#include "domain/sale.h"
#include "domain/shop.h"

namespace sluice {

enum class ShopSort : std::uint8_t { kNewest, kScore };
std::string_view to_string(ShopSort sort);
std::optional<ShopSort> parse_shop_sort(std::string_view text);

// Where a list of shops goes on: behind this shop.
struct ShopCursor {
    std::int64_t score = 0;  // score_order(); of lists by score only
    ShopId shop;
    friend bool operator==(const ShopCursor&, const ShopCursor&) = default;
};
struct ShopQuery {
    std::optional<std::string> category = std::nullopt;
    std::optional<std::string> city = std::nullopt;
    ShopSort sort = ShopSort::kNewest;
    std::optional<ShopCursor> after = std::nullopt;
    std::size_t rows_max = 50;
};
inline ShopCursor cursor_behind(const Shop& shop) { return {score_order(shop.ratings), shop.id}; }

// Everything that the page of a sale shows, of one moment.
struct SalePage {
    Sale sale;
    Goods goods;
    Shop shop;
};

struct NewSale {
    std::optional<SaleId> id;  // nullopt: the next free number
    GoodsId goods;
    SaleMode mode = SaleMode::kQueued;
    Units units = 0;  // 1..kStockUnitsMax
    Units limit_per_buyer = 1;
    WallTime opens_at;
    WallTime closes_at;  // > opens_at
    Terms terms;
    LatePayment late_payment = LatePayment::kRefund;
    std::uint32_t secret_number = 0;
    std::uint16_t partitions = 1;  // of the order queue; see partition_of()
};

class SaleBook {
public:
    virtual ~SaleBook() = default;
    virtual Task<Result<ShopId>> create_shop(Shop shop, Deadline) = 0;      // shop.id is ignored
    virtual Task<Result<GoodsId>> create_goods(Goods goods, Deadline) = 0;  // kNotFound: no such shop
    virtual Task<Result<std::optional<Shop>>> find_shop(ShopId shop, Deadline) = 0;
    virtual Task<Result<std::optional<Goods>>> find_goods(GoodsId goods, Deadline) = 0;
    // Highest number first, or best score first and highest number first among equals.
    virtual Task<Result<std::vector<Shop>>> list_shops(ShopQuery query, Deadline) = 0;
    // The row after the change. kNotFound. What it changes is noted in the audit log and in the invalidation outbox.
    virtual Task<Result<Shop>> update_shop(ShopId shop, ShopEdit edit, AuditNote note, Deadline) = 0;
    virtual Task<Result<std::vector<Goods>>> list_goods_of(
        ShopId shop, GoodsId after, std::size_t rows_max, Deadline
    ) = 0;  // by id

    // As draft, with version 1 and its first movement. kNotFound: no such goods; kConflict: the id is taken.
    virtual Task<Result<SaleId>> create_sale(NewSale sale, AuditNote note, Deadline) = 0;
    virtual Task<Result<std::optional<Sale>>> find_sale(SaleId sale, Deadline) = 0;
    virtual Task<Result<std::optional<SalePage>>> find_sale_page(SaleId sale, Deadline) = 0;
    virtual Task<Result<std::vector<Sale>>> list_sales(
        std::optional<SaleState> state, SaleId after, std::size_t rows_max, Deadline
    ) = 0;  // by id
    // Moves state by may_become(), revision+1; kConflict (with both states in the detail) when not allowed. Asking for
    // the state it has is answered with the sale as it is.
    virtual Task<Result<Sale>> set_sale_state(SaleId sale, SaleState to, AuditNote note, Deadline) = 0;
};

}  // namespace sluice
