#include "adapters/sqlite/review_book.h"

#include <iterator>
#include <limits>

#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger_rows.h"
#include "adapters/sqlite/read_rows.h"
#include "adapters/sqlite/shop_rows.h"
#include "domain/page_keys.h"

namespace sluice {
namespace {

constexpr std::string_view kSelectReview =
    "SELECT review_id, shop_id, buyer, rating, text, state, created_at, edited_at FROM reviews ";

Review read_review(const Statement& row) {
    Review review;
    review.id = row.get<ReviewId>(0);
    review.shop = row.get<ShopId>(1);
    review.buyer = row.get<BuyerId>(2);
    review.rating = row.get<int>(3);
    review.text = row.get<std::string>(4);
    review.state = row.get_parsed(5, parse_review_state);
    review.created_at = row.get<WallTime>(6);
    review.edited_at = row.get<std::optional<WallTime>>(7);
    return review;
}

std::optional<Review> find_by_id(Connection& connection, ReviewId id) {
    static const std::string sql = std::string(kSelectReview) + "WHERE review_id = ?1";
    return read_one(connection, sql, read_review, id);
}

std::optional<Review> find_by_buyer(Connection& connection, ShopId shop, const BuyerId& buyer) {
    static const std::string sql = std::string(kSelectReview) + "WHERE shop_id = ?1 AND buyer = ?2";
    return read_one(connection, sql, read_review, shop, buyer);
}

void update_row(Connection& connection, const Review& row) {
    connection.run(
        "UPDATE reviews SET rating = ?2, text = ?3, state = ?4, edited_at = ?5"
        " WHERE review_id = ?1",
        row.id, row.rating, row.text, to_string(row.state), row.edited_at
    );
}

// A hidden review's change shows nowhere.
void settle_shop(Connection& connection, const Review& row, RatingTotals totals) {
    if (row.state != ReviewState::kVisible && totals == RatingTotals{}) return;
    if (totals != RatingTotals{}) {
        connection.run(
            "UPDATE shops SET rating_sum = rating_sum + ?2, rating_count = rating_count + ?3"
            " WHERE shop_id = ?1",
            row.shop, totals.sum, totals.count
        );
        write_invalidation(connection, shop_page_key(row.shop));
    }
    write_invalidation(connection, reviews_page_key(row.shop));
}

Result<ReviewReceipt> write(Connection& connection, const ReviewDraft& draft, WallTime now) {
    if (auto fault = fault_of(draft)) return fail(Code::kInvalidField, std::move(*fault));
    if (!find_shop_row(connection, draft.shop)) return no_such_shop(draft.shop);
    auto change = plan_review(find_by_buyer(connection, draft.shop, draft.buyer), draft, now);
    Review& row = change.row;
    if (change.outcome == ReviewOutcome::kWritten) {
        connection.run(
            "INSERT INTO reviews (shop_id, buyer, rating, text, state, created_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            row.shop, row.buyer, row.rating, row.text, to_string(row.state), row.created_at
        );
        row.id = ReviewId{connection.last_row_id()};
    } else if (change.outcome == ReviewOutcome::kEdited) {
        update_row(connection, row);
    }
    if (change.outcome != ReviewOutcome::kUnchanged) settle_shop(connection, row, change.totals);
    return ReviewReceipt{std::move(row), change.outcome};
}

Result<bool> remove(Connection& connection, ShopId shop, const BuyerId& buyer) {
    const auto existing = find_by_buyer(connection, shop, buyer);
    if (!existing || existing->state == ReviewState::kWithdrawn) return false;
    const auto removal = plan_removal(*existing);
    if (removal.keep) {
        update_row(connection, *removal.keep);
    } else {
        connection.run("DELETE FROM reviews WHERE review_id = ?1", existing->id);
    }
    settle_shop(connection, *existing, removal.totals);
    return true;
}

Result<Review> moderate(
    Connection& connection, ReviewId id, ReviewState to, const AuditNote& note, WallTime now
) {
    auto existing = find_by_id(connection, id);
    if (!existing || existing->state == ReviewState::kWithdrawn) {
        return fail(Code::kNotFound, "no review " + std::to_string(id.value()));
    }
    auto change = plan_moderation(*existing, to);
    if (!change) return std::move(*existing);
    update_row(connection, change->row);
    settle_shop(connection, change->row, change->totals);
    write_note(connection, now, note);
    return std::move(change->row);
}

// A page is a range of one index for each rating it touches, and none is longer than what is left
// of the page: it costs the same wherever it is.
std::vector<Review> list(Connection& connection, const ReviewQuery& query) {
    static const std::string newest =
        std::string(kSelectReview) +
        "INDEXED BY reviews_newest WHERE shop_id = ?1 AND state = 'visible' AND review_id < ?2"
        " ORDER BY review_id DESC LIMIT ?3";
    static const std::string rated =
        std::string(kSelectReview) +
        "INDEXED BY reviews_by_rating WHERE shop_id = ?1 AND state = 'visible' AND rating = ?4"
        " AND review_id < ?2 ORDER BY review_id DESC LIMIT ?3";
    constexpr auto kFirst = std::numeric_limits<std::int64_t>::max();
    std::int64_t below = query.after ? query.after->review.value() : kFirst;
    if (query.sort == ReviewSort::kNewest) {
        return read_all(connection, newest, read_review, query.shop, below, query.rows_max);
    }
    std::vector<Review> found;
    const bool falling = query.sort == ReviewSort::kHighest;
    int rating = query.after ? query.after->rating : falling ? kRatingMax : kRatingMin;
    for (; rating >= kRatingMin && rating <= kRatingMax; rating += falling ? -1 : 1) {
        const std::size_t left = query.rows_max - found.size();
        if (left == 0) break;
        auto more = read_all(connection, rated, read_review, query.shop, below, left, rating);
        std::move(more.begin(), more.end(), std::back_inserter(found));
        below = kFirst;
    }
    return found;
}

}  // namespace

Task<Result<ReviewReceipt>> SqliteReviewBook::write_review(ReviewDraft draft, Deadline deadline) {
    auto work = [draft = std::move(draft)](Connection& connection, WallTime now) {
        return write(connection, draft, now);
    };
    return calls_.write<ReviewReceipt>(deadline, std::move(work));
}

Task<Result<bool>> SqliteReviewBook::delete_review(ShopId shop, BuyerId buyer, Deadline deadline) {
    auto work = [shop, buyer = std::move(buyer)](Connection& connection, WallTime) {
        return remove(connection, shop, buyer);
    };
    return calls_.write<bool>(deadline, std::move(work));
}

Task<Result<Review>> SqliteReviewBook::moderate_review(
    ReviewId review, ReviewState to, AuditNote note, Deadline deadline
) {
    auto work = [review, to, note = std::move(note)](Connection& connection, WallTime now) {
        return moderate(connection, review, to, note, now);
    };
    return calls_.write<Review>(deadline, std::move(work));
}

Task<Result<std::optional<Review>>> SqliteReviewBook::find_review(
    ReviewId review, Deadline deadline
) {
    using Row = std::optional<Review>;
    auto work = [review](Connection& connection, WallTime) -> Result<Row> {
        return find_by_id(connection, review);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<Review>>> SqliteReviewBook::find_review_of(
    ShopId shop, BuyerId buyer, Deadline deadline
) {
    using Row = std::optional<Review>;
    auto work = [shop, buyer = std::move(buyer)](Connection& connection, WallTime) -> Result<Row> {
        return find_by_buyer(connection, shop, buyer);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::vector<Review>>> SqliteReviewBook::list_reviews(
    ReviewQuery query, Deadline deadline
) {
    using Rows = std::vector<Review>;
    auto work = [query = std::move(query)](Connection& connection, WallTime) -> Result<Rows> {
        return list(connection, query);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

}  // namespace sluice
