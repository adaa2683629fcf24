#pragma once
// Reviews as rows: each write moves its shop's totals and names the pages that it makes wrong. A write locks its shop's row
// first, so that writes of one shop go one after the other and no two of them can wait for each other. On the caller's
// connection and transaction; the store's exceptions pass.

#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sql/shop_rows.h"
#include "domain/review.h"
#include "ports/review_book.h"

namespace sluice::sql {

inline constexpr std::string_view kSelectReview =
    "SELECT review_id, shop_id, buyer, rating, text, state, created_at, edited_at FROM reviews ";

inline constexpr auto read_review = [](const auto& row) {
    Review review;
    review.id = row.template get<ReviewId>(0);
    review.shop = row.template get<ShopId>(1);
    review.buyer = row.template get<BuyerId>(2);
    review.rating = row.template get<int>(3);
    review.text = row.template get<std::string>(4);
    review.state = row.get_parsed(5, parse_review_state);
    review.created_at = row.template get<WallTime>(6);
    review.edited_at = row.template get<std::optional<WallTime>>(7);
    return review;
};

template <class Connection>
std::optional<Review> find_review_row(Connection& connection, ReviewId id) {
    static const std::string sql = std::string(kSelectReview) + "WHERE review_id = ?";
    return read_one(connection, sql, read_review, id);
}

template <class Connection>
std::optional<Review> find_review_row_of(Connection& connection, ShopId shop, const BuyerId& buyer) {
    static const std::string sql = std::string(kSelectReview) + "WHERE shop_id = ? AND buyer = ?";
    return read_one(connection, sql, read_review, shop, buyer);
}

template <class Connection>
void update_review_row(Connection& connection, const Review& row) {
    connection.run(
        "UPDATE reviews SET rating = ?, text = ?, state = ?, edited_at = ? WHERE review_id = ?", row.rating, row.text,
        to_string(row.state), row.edited_at, row.id
    );
}

// A hidden review's change shows nowhere.
template <class Connection>
void settle_shop(Connection& connection, const Review& row, RatingTotals totals) {
    if (row.state != ReviewState::kVisible && totals == RatingTotals{}) return;
    if (totals != RatingTotals{}) {
        connection.run(
            "UPDATE shops SET rating_sum = rating_sum + ?, rating_count = rating_count + ? WHERE shop_id = ?",
            totals.sum, totals.count, row.shop
        );
        write_invalidation(connection, shop_page_key(row.shop));
    }
    write_invalidation(connection, reviews_page_key(row.shop));
}

// `now` is called behind the lock.
template <class Connection, class Now>
Result<ReviewReceipt> write_review_row(Connection& connection, const ReviewDraft& draft, Now now) {
    if (auto fault = fault_of(draft)) return fail(Code::kInvalidField, std::move(*fault));
    if (!lock_shop(connection, draft.shop)) return no_such_shop(draft.shop);
    auto change = plan_review(find_review_row_of(connection, draft.shop, draft.buyer), draft, now());
    Review& row = change.row;
    if (change.outcome == ReviewOutcome::kWritten) {
        connection.run(
            "INSERT INTO reviews (shop_id, buyer, rating, text, state, created_at) VALUES (?, ?, ?, ?, ?, ?)", row.shop,
            row.buyer, row.rating, row.text, to_string(row.state), row.created_at
        );
        row.id = ReviewId{last_id(connection)};
    } else if (change.outcome == ReviewOutcome::kEdited) {
        update_review_row(connection, row);
    }
    if (change.outcome != ReviewOutcome::kUnchanged) settle_shop(connection, row, change.totals);
    return ReviewReceipt{std::move(row), change.outcome};
}

template <class Connection>
Result<bool> remove_review_row(Connection& connection, ShopId shop, const BuyerId& buyer) {
    if (!lock_shop(connection, shop)) return false;
    const auto existing = find_review_row_of(connection, shop, buyer);
    if (!existing || existing->state == ReviewState::kWithdrawn) return false;
    const auto removal = plan_removal(*existing);
    if (removal.keep) {
        update_review_row(connection, *removal.keep);
    } else {
        connection.run("DELETE FROM reviews WHERE review_id = ?", existing->id);
    }
    settle_shop(connection, *existing, removal.totals);
    return true;
}

template <class Connection, class Now>
Result<Review> moderate_review_row(
    Connection& connection, ReviewId id, ReviewState to, const AuditNote& note, Now now
) {
    auto existing = find_review_row(connection, id);
    // Its shop is known only now, and comes first; so the row is read again behind the lock.
    if (existing && lock_shop(connection, existing->shop)) existing = find_review_row(connection, id);
    if (!existing || existing->state == ReviewState::kWithdrawn) {
        return fail(Code::kNotFound, "no review " + std::to_string(id.value()));
    }
    auto change = plan_moderation(*existing, to);
    if (!change) return std::move(*existing);
    update_review_row(connection, change->row);
    settle_shop(connection, change->row, change->totals);
    write_note(connection, now(), note);
    return std::move(change->row);
}

// A page is a range of one index for each rating it touches, and none is longer than what is left of the page: it costs
// the same wherever it is.
template <class Connection>
std::vector<Review> list_review_rows(Connection& connection, const ReviewQuery& query) {
    static const std::string newest = std::string(kSelectReview) + with_index(connection, "reviews_newest") +
                                      " WHERE shop_id = ? AND state = 'visible' AND review_id < ?"
                                      " ORDER BY review_id DESC LIMIT ?";
    static const std::string rated = std::string(kSelectReview) + with_index(connection, "reviews_by_rating") +
                                     " WHERE shop_id = ? AND state = 'visible' AND rating = ? AND review_id < ?"
                                     " ORDER BY review_id DESC LIMIT ?";
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
        auto more = read_all(connection, rated, read_review, query.shop, rating, below, left);
        std::move(more.begin(), more.end(), std::back_inserter(found));
        below = kFirst;
    }
    return found;
}

}  // namespace sluice::sql
