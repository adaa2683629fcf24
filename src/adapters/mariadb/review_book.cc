#include "adapters/mariadb/review_book.h"

#include "adapters/mariadb/dialect.h"
#include "adapters/sql/review_rows.h"

namespace sluice {

using maria::Connection;

Task<Result<ReviewReceipt>> MariaReviewBook::write_review(ReviewDraft draft, Deadline deadline) {
    auto work = [draft = std::move(draft)](Connection& connection) {
        return sql::write_review_row(connection, draft, [&] { return maria::read_now(connection); });
    };
    return pool_.write<ReviewReceipt>(deadline, std::move(work));
}

Task<Result<bool>> MariaReviewBook::delete_review(ShopId shop, BuyerId buyer, Deadline deadline) {
    auto work = [shop, buyer = std::move(buyer)](Connection& connection) {
        return sql::remove_review_row(connection, shop, buyer);
    };
    return pool_.write<bool>(deadline, std::move(work));
}

Task<Result<Review>> MariaReviewBook::moderate_review(
    ReviewId review, ReviewState to, AuditNote note, Deadline deadline
) {
    auto work = [review, to, note = std::move(note)](Connection& connection) {
        return sql::moderate_review_row(connection, review, to, note, [&] { return maria::read_now(connection); });
    };
    return pool_.write<Review>(deadline, std::move(work));
}

Task<Result<std::optional<Review>>> MariaReviewBook::find_review(
    ReviewId review, Deadline deadline
) {
    using Row = std::optional<Review>;
    auto work = [review](Connection& connection) -> Result<Row> {
        return sql::find_review_row(connection, review);
    };
    return pool_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<Review>>> MariaReviewBook::find_review_of(
    ShopId shop, BuyerId buyer, Deadline deadline
) {
    using Row = std::optional<Review>;
    auto work = [shop, buyer = std::move(buyer)](Connection& connection) -> Result<Row> {
        return sql::find_review_row_of(connection, shop, buyer);
    };
    return pool_.read<Row>(deadline, std::move(work));
}

Task<Result<std::vector<Review>>> MariaReviewBook::list_reviews(
    ReviewQuery query, Deadline deadline
) {
    using Rows = std::vector<Review>;
    auto work = [query = std::move(query)](Connection& connection) -> Result<Rows> {
        return sql::list_review_rows(connection, query);
    };
    return pool_.read<Rows>(deadline, std::move(work));
}

}  // namespace sluice
