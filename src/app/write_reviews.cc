#include "app/write_reviews.h"

#include <utility>

#include "app/forget_pages.h"
#include "domain/page_keys.h"

namespace sluice {

Task<Result<ReviewReceipt>> WriteReviews::write(ReviewDraft draft, Deadline deadline) {
    const ShopId shop = draft.shop;
    auto receipt = co_await ports_.reviews.write_review(std::move(draft), deadline);
    if (may_have_changed(receipt)) {
        std::vector<std::string> pages{shop_page_key(shop), reviews_page_key(shop)};
        co_await forget_pages(ports_, std::move(pages));
    }
    co_return receipt;
}

Task<Result<Done>> WriteReviews::remove(ShopId shop, BuyerId buyer, Deadline deadline) {
    auto removed = co_await ports_.reviews.delete_review(shop, std::move(buyer), deadline);
    if (may_have_changed(removed)) {
        std::vector<std::string> pages{shop_page_key(shop), reviews_page_key(shop)};
        co_await forget_pages(ports_, std::move(pages));
    }
    if (!removed.ok()) co_return removed.error();
    if (!*removed) co_return fail(Code::kNotFound, "no review of yours");
    co_return Done{};
}

Task<Result<Review>> WriteReviews::find(ShopId shop, BuyerId buyer, Deadline deadline) {
    auto row = co_await ports_.reviews.find_review_of(shop, std::move(buyer), deadline);
    if (!row.ok()) co_return row.error();
    if (!row->has_value() || (*row)->state == ReviewState::kWithdrawn) co_return fail(Code::kNotFound, "no review of yours");
    co_return std::move(**row);
}

}  // namespace sluice
