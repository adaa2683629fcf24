#include "domain/review.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/utf8.h"
#include "domain/enum_text.h"

namespace sluice {
namespace {

RatingTotals share_of(const Review& review) {
    if (review.state != ReviewState::kVisible) return {};
    return {review.rating, 1};
}

RatingTotals difference(RatingTotals after, RatingTotals before) {
    return {after.sum - before.sum, after.count - before.count};
}

}  // namespace

std::string_view to_string(ReviewState state) {
    switch (state) {
        case ReviewState::kVisible: return "visible";
        case ReviewState::kHidden: return "hidden";
        case ReviewState::kWithdrawn: return "withdrawn";
    }
    return "";
}

std::string_view to_string(ReviewSort sort) {
    switch (sort) {
        case ReviewSort::kNewest: return "newest";
        case ReviewSort::kHighest: return "highest";
        case ReviewSort::kLowest: return "lowest";
    }
    return "";
}

std::optional<ReviewState> parse_review_state(std::string_view text) {
    return parse_by_name(text, std::array{ReviewState::kVisible, ReviewState::kHidden, ReviewState::kWithdrawn});
}

std::optional<ReviewSort> parse_review_sort(std::string_view text) {
    return parse_by_name(text, std::array{ReviewSort::kNewest, ReviewSort::kHighest, ReviewSort::kLowest});
}

std::optional<std::string> fault_of(const ReviewDraft& draft) {
    if (draft.rating < kRatingMin || draft.rating > kRatingMax) return "rating: must be 1 to 5";
    const auto characters = utf8_length(draft.text);
    if (!characters) return "text: must be UTF-8";
    if (*characters > kReviewCharactersMax) {
        return "text: must have at most " + std::to_string(kReviewCharactersMax) + " characters";
    }
    return std::nullopt;
}

ReviewChange plan_review(const std::optional<Review>& existing, const ReviewDraft& draft, WallTime now) {
    ReviewChange change;
    if (!existing) {
        change.row = Review{ReviewId{}, draft.shop, draft.buyer, draft.rating, draft.text, ReviewState::kVisible, now};
        change.totals = share_of(change.row);
        return change;
    }
    change.row = *existing;
    const bool withdrawn = existing->state == ReviewState::kWithdrawn;
    if (!withdrawn && existing->rating == draft.rating && existing->text == draft.text) {
        change.outcome = ReviewOutcome::kUnchanged;
        return change;
    }
    change.outcome = ReviewOutcome::kEdited;
    change.row.rating = draft.rating;
    change.row.text = draft.text;
    change.row.edited_at = std::max(now, existing->created_at);  // wall clocks step
    if (withdrawn) change.row.state = ReviewState::kHidden;
    change.totals = difference(share_of(change.row), share_of(*existing));
    return change;
}

ReviewRemoval plan_removal(const Review& existing) {
    ReviewRemoval removal;
    removal.totals = difference({}, share_of(existing));
    if (existing.state == ReviewState::kVisible) return removal;
    removal.keep = existing;
    removal.keep->state = ReviewState::kWithdrawn;
    removal.keep->text.clear();
    return removal;
}

std::optional<ReviewChange> plan_moderation(const Review& existing, ReviewState wanted) {
    SLUICE_CHECK(wanted != ReviewState::kWithdrawn && existing.state != ReviewState::kWithdrawn);
    if (existing.state == wanted) return std::nullopt;
    ReviewChange change;
    change.outcome = ReviewOutcome::kEdited;
    change.row = existing;
    change.row.state = wanted;
    change.totals = difference(share_of(change.row), share_of(existing));
    return change;
}

}  // namespace sluice
