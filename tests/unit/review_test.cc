// Reviews and stock words as tables.

#include "domain/review.h"

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "domain/sale.h"

namespace sluice {
namespace {

constexpr WallTime kNow = wall_from_ms(1'000);

Review review(int rating, ReviewState state) {
    return {ReviewId{1}, ShopId{2}, BuyerId{"ann"}, rating, state == ReviewState::kWithdrawn ? "" : "words", state, kNow};
}

TEST(ReviewPlan, TotalsMoveByWhatTheReviewCountsFor) {
    const auto draft = [](int rating) { return ReviewDraft{ShopId{2}, BuyerId{"ann"}, rating, "words"}; };
    EXPECT_EQ(plan_review(std::nullopt, draft(4), kNow).totals, (RatingTotals{4, 1}));
    EXPECT_EQ(plan_review(review(4, ReviewState::kVisible), draft(1), kNow).totals, (RatingTotals{-3, 0}));
    EXPECT_EQ(plan_review(review(4, ReviewState::kHidden), draft(1), kNow).totals, RatingTotals{});
    EXPECT_EQ(plan_removal(review(4, ReviewState::kVisible)).totals, (RatingTotals{-4, -1}));
    EXPECT_EQ(plan_removal(review(4, ReviewState::kHidden)).totals, RatingTotals{});
    EXPECT_EQ(plan_moderation(review(4, ReviewState::kVisible), ReviewState::kHidden)->totals, (RatingTotals{-4, -1}));
    EXPECT_EQ(plan_moderation(review(4, ReviewState::kHidden), ReviewState::kVisible)->totals, (RatingTotals{4, 1}));
    EXPECT_FALSE(plan_moderation(review(4, ReviewState::kHidden), ReviewState::kHidden));
}

TEST(ReviewPlan, AHiddenReviewStaysHiddenWhateverItsAuthorDoes) {
    const ReviewDraft draft{ShopId{2}, BuyerId{"ann"}, 5, "words"};
    const auto removed = plan_removal(review(1, ReviewState::kHidden));
    ASSERT_TRUE(removed.keep);
    EXPECT_EQ(removed.keep->state, ReviewState::kWithdrawn);
    EXPECT_EQ(removed.keep->text, "");
    EXPECT_EQ(plan_review(removed.keep, draft, kNow).row.state, ReviewState::kHidden);
    const ReviewDraft same{ShopId{2}, BuyerId{"ann"}, 1, ""};
    EXPECT_EQ(plan_review(removed.keep, same, kNow).outcome, ReviewOutcome::kEdited) << "withdrawn is not unchanged";
}

TEST(Utf8, CountsCharactersAndRefusesWhatIsNone) {
    EXPECT_EQ(utf8_length(""), 0U);
    EXPECT_EQ(utf8_length("aß味🍜"), 4U);
    for (const std::string_view wrong : {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5", "\xe5\x91"}) {
        EXPECT_FALSE(utf8_length(wrong));
    }
}

TEST(StockLevel, FollowsTheShareThatIsLeft) {
    const std::vector<std::tuple<Units, Units, StockLevel>> table{
        {0, 100, StockLevel::kSoldOut},     {1, 100, StockLevel::kAlmostGone}, {2, 100, StockLevel::kAlmostGone},
        {3, 100, StockLevel::kFewLeft},     {10, 100, StockLevel::kFewLeft},   {11, 100, StockLevel::kPlenty},
        {1, 1, StockLevel::kAlmostGone},    {2, 2, StockLevel::kPlenty},       {kStockUnitsMax, kStockUnitsMax, StockLevel::kPlenty}};
    for (const auto& [available, total, level] : table) {
        Sale sale;
        sale.available = available;
        sale.total = total;
        EXPECT_EQ(stock_level(sale), level) << available << " of " << total;
    }
}

}  // namespace
}  // namespace sluice
