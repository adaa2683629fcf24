#include "app/warm_sales.h"

#include <vector>

namespace sluice {
namespace {

constexpr Millis kRoundEvery{10'000};
constexpr Millis kSaleTime{5'000};  // for the pages of one sale

}  // namespace

bool WarmSales::opens_soon(const Sale& sale, WallTime now) const {
    if (sale.state == SaleState::kClosed) return false;
    return sale.opens_at - kRoundEvery < now + ahead_ && now < sale.opens_at + kRoundEvery;
}

Task<Millis> WarmSales::round() {
    if (ahead_ == Millis{0}) co_return kRoundEvery;
    std::vector<SaleId> soon;
    {
        const auto read = parts_.lease.read();
        const auto age = std::chrono::floor<Millis>(parts_.clock.now() - read->began);
        const WallTime now = read->catalogue.now + age;  // by the ledger's clock, as the sale will open
        for (const Sale& sale : read->catalogue.sales) {
            if (opens_soon(sale, now)) soon.push_back(sale.id);
        }
    }
    bool failed = false;
    for (const SaleId sale : soon) {
        auto warmed = co_await warm(sale, parts_.clock.in(kSaleTime));
        if (warmed.ok()) continue;
        if (!failing_ && !failed) {
            parts_.log.warn("warm", "a sale's pages could not be read ahead",
                            {{"sale", std::to_string(sale.value())}, {"error", to_string(warmed.error())}});
        }
        failed = true;
    }
    failing_ = failed;
    co_return kRoundEvery;
}

Task<Result<std::size_t>> WarmSales::warm(SaleId sale, Deadline deadline) {
    auto page = co_await parts_.pages.sale(sale, deadline);
    if (!page.ok()) co_return page.error();
    if (!page->has_value()) co_return fail(Code::kNotFound, "no such sale");
    const GoodsId goods_id = (*page)->goods.id;
    const ShopId shop_id = (*page)->shop.id;
    auto goods = co_await parts_.pages.goods(goods_id, deadline);
    if (!goods.ok()) co_return goods.error();
    auto shop = co_await parts_.pages.shop(shop_id, deadline);
    if (!shop.ok()) co_return shop.error();
    ShopGoodsKey sells;
    sells.shop = shop_id;
    auto list = co_await parts_.pages.shop_goods(sells, deadline);
    if (!list.ok()) co_return list.error();
    ReviewQuery newest;
    newest.shop = shop_id;
    auto reviews = co_await parts_.pages.reviews(std::move(newest), deadline);
    if (!reviews.ok()) co_return reviews.error();
    constexpr std::size_t kPages = 5;
    parts_.meter.count(Count::kPagesWarmed, kPages);
    co_return kPages;
}

}  // namespace sluice
