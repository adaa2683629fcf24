#include "adapters/sqlite/review_book.h"

#include "adapters/sqlite/dialect.h"
#include "adapters/sql/review_rows.h"

namespace sluice {

Task<Result<ReviewReceipt>> SqliteReviewBook::write_review(ReviewDraft draft, Deadline deadline) {
    auto work = [draft = std::move(draft)](Connection& connection, WallTime now) {
        return sql::write_review_row(connection, draft, [now] { return now; });
    };
    return calls_.write<ReviewReceipt>(deadline, std::move(work));
}

Task<Result<bool>> SqliteReviewBook::delete_review(ShopId shop, BuyerId buyer, Deadline deadline) {
    auto work = [shop, buyer = std::move(buyer)](Connection& connection, WallTime) {
        return sql::remove_review_row(connection, shop, buyer);
    };
    return calls_.write<bool>(deadline, std::move(work));
}

Task<Result<Review>> SqliteReviewBook::moderate_review(
    ReviewId review, ReviewState to, AuditNote note, Deadline deadline
) {
    auto work = [review, to, note = std::move(note)](Connection& connection, WallTime now) {
        return sql::moderate_review_row(connection, review, to, note, [now] { return now; });
    };
    return calls_.write<Review>(deadline, std::move(work));
}

Task<Result<std::optional<Review>>> SqliteReviewBook::find_review(
    ReviewId review, Deadline deadline
) {
    using Row = std::optional<Review>;
    auto work = [review](Connection& connection, WallTime) -> Result<Row> {
        return sql::find_review_row(connection, review);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<Review>>> SqliteReviewBook::find_review_of(
    ShopId shop, BuyerId buyer, Deadline deadline
) {
    using Row = std::optional<Review>;
    auto work = [shop, buyer = std::move(buyer)](Connection& connection, WallTime) -> Result<Row> {
        return sql::find_review_row_of(connection, shop, buyer);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::vector<Review>>> SqliteReviewBook::list_reviews(
    ReviewQuery query, Deadline deadline
) {
    using Rows = std::vector<Review>;
    auto work = [query = std::move(query)](Connection& connection, WallTime) -> Result<Rows> {
        return sql::list_review_rows(connection, query);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

}  // namespace sluice
