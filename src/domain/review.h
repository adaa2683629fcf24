#pragma once
// A review: one buyer's word on one shop. A buyer has at most one for a shop; writing again edits it. What every change
// does to the row and to the shop's totals is decided here, purely; stores carry it out in one transaction.
//
// A moderator hides a review and shows it again. Hidden ones are in no list and in no score. A hidden review that its
// author deletes keeps its place, without its text (withdrawn), so that deleting and writing anew does not undo the
// moderator's word; a visible one is gone for good.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "domain/shop.h"

namespace sluice {

inline constexpr int kRatingMin = 1;
inline constexpr int kRatingMax = 5;
inline constexpr std::size_t kReviewCharactersMax = 2'000;  // Unicode code points

enum class ReviewState : std::uint8_t { kVisible, kHidden, kWithdrawn };
enum class ReviewSort : std::uint8_t { kNewest, kHighest, kLowest };

std::string_view to_string(ReviewState state);
std::string_view to_string(ReviewSort sort);
std::optional<ReviewState> parse_review_state(std::string_view text);
std::optional<ReviewSort> parse_review_sort(std::string_view text);

struct Review {
    ReviewId id;
    ShopId shop;
    BuyerId buyer;
    int rating = kRatingMin;  // kRatingMin..kRatingMax
    std::string text;         // UTF-8, at most kReviewCharactersMax characters; may be empty
    ReviewState state = ReviewState::kVisible;
    WallTime created_at;
    std::optional<WallTime> edited_at = std::nullopt;  // of the last change by its author
    friend bool operator==(const Review&, const Review&) = default;
};

struct ReviewDraft {
    ShopId shop;
    BuyerId buyer;
    int rating = kRatingMin;
    std::string text;
};
// What is wrong with it, by field: "rating: …" or "text: …"; nullopt: nothing.
std::optional<std::string> fault_of(const ReviewDraft& draft);

enum class ReviewOutcome : std::uint8_t {
    kWritten,    // there was none
    kEdited,
    kUnchanged,  // it said exactly this already: a repeated request
};
struct ReviewChange {
    Review row;  // to be stored; its id is to be given when kWritten
    ReviewOutcome outcome = ReviewOutcome::kWritten;
    RatingTotals totals;  // to be added to the shop's
};
ReviewChange plan_review(const std::optional<Review>& existing, const ReviewDraft& draft, WallTime now);

struct ReviewRemoval {
    std::optional<Review> keep;  // nullopt: the row goes away
    RatingTotals totals;         // to be added to the shop's
};
ReviewRemoval plan_removal(const Review& existing);

// nullopt: it is as wanted already. Only for kVisible and kHidden, and not of withdrawn reviews.
std::optional<ReviewChange> plan_moderation(const Review& existing, ReviewState wanted);

}  // namespace sluice
