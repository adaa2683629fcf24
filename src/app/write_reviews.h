#pragma once
// A buyer's review: written, edited, deleted, and looked at by its author. Idempotent, so kOutcomeUnknown is repeated by
// the client. A shop's score is exact with the answer; cached pages follow at once, or when the outbox gets through.

#include "app/ports.h"

namespace sluice {

class WriteReviews {
public:
    explicit WriteReviews(Ports ports) : ports_(ports) {}

    // Errors: kNotFound (no such shop), kInvalidField, those of the store.
    Task<Result<ReviewReceipt>> write(ReviewDraft draft, Deadline deadline);
    // kNotFound: the buyer has none of this shop.
    Task<Result<Done>> remove(ShopId shop, BuyerId buyer, Deadline deadline);
    // The buyer's own, also when it is hidden. kNotFound.
    Task<Result<Review>> find(ShopId shop, BuyerId buyer, Deadline deadline);

private:
    Ports ports_;
};

}  // namespace sluice
