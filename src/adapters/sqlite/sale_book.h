#pragma once
// Shops, goods and sales of embedded mode: ports/sale_book.h over one SQLite Store. Every method is
// one transaction. Thread-safe.

#include "adapters/sqlite/store_calls.h"
#include "ports/sale_book.h"

namespace sluice {

class SqliteSaleBook final : public SaleBook {
public:
    SqliteSaleBook(Store& store, const Clock& database_clock) : calls_(store, database_clock) {}

    Task<Result<ShopId>> create_shop(Shop shop, Deadline) override;
    Task<Result<GoodsId>> create_goods(Goods goods, Deadline) override;
    Task<Result<std::optional<Shop>>> find_shop(ShopId shop, Deadline) override;
    Task<Result<std::optional<Goods>>> find_goods(GoodsId goods, Deadline) override;
    Task<Result<std::vector<Shop>>> list_shops(ShopQuery query, Deadline) override;
    Task<Result<Shop>> update_shop(ShopId shop, ShopEdit edit, AuditNote note, Deadline) override;
    Task<Result<std::vector<Goods>>> list_goods_of(
        ShopId shop, GoodsId after, std::size_t rows_max, Deadline
    ) override;

    Task<Result<SaleId>> create_sale(NewSale sale, AuditNote note, Deadline) override;
    Task<Result<std::optional<Sale>>> find_sale(SaleId sale, Deadline) override;
    Task<Result<std::optional<SalePage>>> find_sale_page(SaleId sale, Deadline) override;
    Task<Result<std::vector<Sale>>> list_sales(
        std::optional<SaleState> state, SaleId after, std::size_t rows_max, Deadline
    ) override;
    Task<Result<Sale>> set_sale_state(SaleId sale, SaleState to, AuditNote note, Deadline) override;

private:
    StoreCalls calls_;
};

}  // namespace sluice
