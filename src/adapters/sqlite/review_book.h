#pragma once
// Reviews of embedded mode: ports/review_book.h over one SQLite Store. Every method is one
// transaction; writes go one after the other (the Store has one writer). Thread-safe.

#include "adapters/sqlite/store_calls.h"
#include "ports/review_book.h"

namespace sluice {

class SqliteReviewBook final : public ReviewBook {
public:
    SqliteReviewBook(Store& store, const Clock& database_clock) : calls_(store, database_clock) {}

    Task<Result<ReviewReceipt>> write_review(ReviewDraft draft, Deadline) override;
    Task<Result<bool>> delete_review(ShopId shop, BuyerId buyer, Deadline) override;
    Task<Result<Review>> moderate_review(ReviewId review, ReviewState to, AuditNote note, Deadline)
        override;

    Task<Result<std::optional<Review>>> find_review(ReviewId review, Deadline) override;
    Task<Result<std::optional<Review>>> find_review_of(ShopId shop, BuyerId buyer, Deadline)
        override;
    Task<Result<std::vector<Review>>> list_reviews(ReviewQuery query, Deadline) override;

private:
    StoreCalls calls_;
};

}  // namespace sluice
