#pragma once
// The platform's pages straight from the stores: what a cache loads from, and what serves where there is none. Every page
// costs one or two statements, each a range of an index. Thread-safe.

#include "ports/platform_reader.h"

namespace sluice {

class StorePlatformReader final : public PlatformReader {
public:
    StorePlatformReader(SaleBook& sales, ReviewBook& reviews) : sales_(sales), reviews_(reviews) {}

    Task<Result<std::optional<Shop>>> shop(ShopId shop, Deadline) override;
    Task<Result<std::optional<ReviewsPage>>> reviews(ReviewQuery key, Deadline) override;
    Task<Result<std::optional<GoodsPage>>> shop_goods(ShopGoodsKey key, Deadline) override;
    Task<Result<std::optional<Goods>>> goods(GoodsId goods, Deadline) override;
    Task<Result<std::optional<SalePage>>> sale(SaleId sale, Deadline) override;
    Task<Result<ShopsPage>> shops(ShopQuery key, Deadline) override;

private:
    SaleBook& sales_;
    ReviewBook& reviews_;
};

}  // namespace sluice
