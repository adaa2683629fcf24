#pragma once
// Reviews as rows, and the scores of shops with them. Every write moves the shop's totals by what the review counts
// for (domain/review.h), and names the pages it makes wrong in the invalidation outbox, in the same transaction; so a
// score is exact at every moment, whoever writes at once. Writes of one shop go one after the other.
//
// Thread-safe; calls resume on the caller's executor. Errors as of the ledger: kTransient, kOutcomeUnknown (repeat:
// every write is idempotent), kUnavailable. tests/contract/review_book_contract.h is what every implementation passes.

#include <optional>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "domain/ledger_change.h"
#include "domain/review.h"

namespace sluice {

// Where a list of reviews goes on: behind this review.
struct ReviewCursor {
    int rating = 0;  // of lists by rating only
    ReviewId review;
    friend bool operator==(const ReviewCursor&, const ReviewCursor&) = default;
};
struct ReviewQuery {
    ShopId shop;
    ReviewSort sort = ReviewSort::kNewest;
    std::optional<ReviewCursor> after = std::nullopt;
    std::size_t rows_max = 50;
};
inline ReviewCursor cursor_behind(const Review& review) { return {review.rating, review.id}; }

struct ReviewReceipt {
    Review review;  // as stored now
    ReviewOutcome outcome = ReviewOutcome::kWritten;
};

class ReviewBook {
public:
    virtual ~ReviewBook() = default;
    // The buyer's one review of the shop, new or edited. kNotFound: no such shop; kInvalidField: fault_of().
    virtual Task<Result<ReviewReceipt>> write_review(ReviewDraft draft, Deadline) = 0;
    // The buyer's own. False: there was none (any more).
    virtual Task<Result<bool>> delete_review(ShopId shop, BuyerId buyer, Deadline) = 0;
    // kVisible or kHidden; asking for what it is already is answered with the review as it is, without a note.
    // kNotFound: no such review, or its author withdrew it.
    virtual Task<Result<Review>> moderate_review(ReviewId review, ReviewState to, AuditNote note, Deadline) = 0;

    virtual Task<Result<std::optional<Review>>> find_review(ReviewId review, Deadline) = 0;
    virtual Task<Result<std::optional<Review>>> find_review_of(ShopId shop, BuyerId buyer, Deadline) = 0;
    // Visible ones only. Newest: the last one created first. By rating: newest first among equals.
    virtual Task<Result<std::vector<Review>>> list_reviews(ReviewQuery query, Deadline) = 0;
};

}  // namespace sluice
