#include "app/manage_shops.h"

#include <utility>

#include "app/forget_pages.h"
#include "domain/page_keys.h"

namespace sluice {

// A page that says "there is no such shop" may be kept somewhere: a new shop makes it wrong.
Task<Result<ShopId>> ManageShops::create(Shop shop, Deadline deadline) {
    auto id = co_await ports_.sales.create_shop(std::move(shop), deadline);
    if (!id.ok()) co_return id.error();
    std::vector<std::string> pages{shop_page_key(*id)};
    co_await forget_pages(ports_, std::move(pages));
    co_return *id;
}

Task<Result<GoodsId>> ManageShops::create_goods(Goods goods, Deadline deadline) {
    const ShopId shop = goods.shop;
    auto id = co_await ports_.sales.create_goods(std::move(goods), deadline);
    if (!id.ok()) co_return id.error();
    std::vector<std::string> pages{goods_page_key(*id), shop_goods_page_key(shop)};
    co_await forget_pages(ports_, std::move(pages));
    co_return *id;
}

Task<Result<Shop>> ManageShops::edit(ShopId shop, ShopEdit edit, Actor actor, Deadline deadline) {
    AuditNote note{std::move(actor.name), "edit", "shop " + std::to_string(shop.value()), std::move(actor.reason)};
    auto row = co_await ports_.sales.update_shop(shop, std::move(edit), std::move(note), deadline);
    if (may_have_changed(row)) {
        std::vector<std::string> pages{shop_page_key(shop)};
        co_await forget_pages(ports_, std::move(pages));
    }
    co_return row;
}

Task<Result<Review>> ManageShops::moderate(ReviewId review, ReviewState to, Actor actor, Deadline deadline) {
    std::string action = to == ReviewState::kHidden ? "hide" : "show";
    std::string subject = "review " + std::to_string(review.value());
    AuditNote note{std::move(actor.name), std::move(action), std::move(subject), std::move(actor.reason)};
    auto row = co_await ports_.reviews.moderate_review(review, to, std::move(note), deadline);
    if (row.ok()) {
        std::vector<std::string> pages{shop_page_key(row->shop), reviews_page_key(row->shop)};
        co_await forget_pages(ports_, std::move(pages));
    }
    co_return row;
}

}  // namespace sluice
