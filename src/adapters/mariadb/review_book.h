#pragma once
// Reviews: ports/review_book.h over MariaDB or MySQL. Every method is one transaction. A write
// locks its shop's row first, so that writes of one shop go one after the other and no two of them
// can wait for each other. Thread-safe. Errors as the port and the pool say.

#include "adapters/mariadb/pool.h"
#include "ports/review_book.h"

namespace sluice {

class MariaReviewBook final : public ReviewBook {
public:
    explicit MariaReviewBook(MariaPool& pool) : pool_(pool) {}

    Task<Result<ReviewReceipt>> write_review(ReviewDraft draft, Deadline) override;
    Task<Result<bool>> delete_review(ShopId shop, BuyerId buyer, Deadline) override;
    Task<Result<Review>> moderate_review(ReviewId review, ReviewState to, AuditNote note, Deadline)
        override;

    Task<Result<std::optional<Review>>> find_review(ReviewId review, Deadline) override;
    Task<Result<std::optional<Review>>> find_review_of(ShopId shop, BuyerId buyer, Deadline)
        override;
    Task<Result<std::vector<Review>>> list_reviews(ReviewQuery query, Deadline) override;

private:
    MariaPool& pool_;
};

}  // namespace sluice
