#pragma once
// Shops, goods and sales: ports/sale_book.h over MariaDB or MySQL. Every method is one transaction.
// Thread-safe. Errors as the port and the pool say.

#include "adapters/mariadb/pool.h"
#include "ports/sale_book.h"

namespace sluice {

class MariaSaleBook final : public SaleBook {
public:
    explicit MariaSaleBook(MariaPool& pool) : pool_(pool) {}

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
    MariaPool& pool_;
};

}  // namespace sluice
