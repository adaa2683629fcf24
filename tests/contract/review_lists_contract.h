#pragma once
// Every ReviewBook's lists: complete, in order, and steady while others write.

#include <algorithm>

#include "base/prng.h"
#include "contract/ledger_fixture.h"

namespace sluice {

template <class Backend>
class ReviewListsContract : public LedgerFixture<Backend> {
protected:
    void SetUp() override {
        LedgerFixture<Backend>::SetUp();
        for (auto& shop : shops_) {
            Shop made{ShopId{}, "A shop", "food", "Leeds"};
            shop = this->get(this->sales().create_shop(std::move(made), this->kNever));
        }
    }
    Review write(ShopId shop, int buyer, int rating) {
        ReviewDraft draft{shop, BuyerId{"b" + std::to_string(buyer)}, rating, "fine"};
        return this->get(this->reviews().write_review(std::move(draft), this->kNever)).review;
    }
    void hide(ReviewId id) {
        this->get(this->reviews().moderate_review(id, ReviewState::kHidden, this->note(), this->kNever));
    }
    std::vector<Review> list(ReviewQuery query) { return this->get(this->reviews().list_reviews(query, this->kNever)); }
    static bool before(ReviewSort sort, const Review& left, const Review& right) {
        if (sort == ReviewSort::kNewest || left.rating == right.rating) return left.id > right.id;
        return sort == ReviewSort::kHighest ? left.rating > right.rating : left.rating < right.rating;
    }
    std::array<ShopId, 2> shops_;
};
TYPED_TEST_SUITE_P(ReviewListsContract);

TYPED_TEST_P(ReviewListsContract, EveryOrderIsCompleteForEveryPageSize) {
    Prng prng(5);
    std::vector<Review> model;
    for (int i = 0; i < 60; ++i) {
        const auto shop = this->shops_[prng.below(2)];
        auto review = this->write(shop, i, static_cast<int>(1 + prng.below(5)));
        if (prng.one_in(5)) {
            this->hide(review.id);
        } else if (shop == this->shops_[0]) {
            model.push_back(std::move(review));
        }
    }
    ASSERT_GT(model.size(), 10U);
    for (const auto sort : {ReviewSort::kNewest, ReviewSort::kHighest, ReviewSort::kLowest}) {
        std::sort(model.begin(), model.end(), [&](const Review& left, const Review& right) {
            return this->before(sort, left, right);
        });
        for (const std::size_t rows : {1U, 2U, 7U, 100U}) {
            ReviewQuery query{this->shops_[0], sort, std::nullopt, rows};
            std::vector<Review> all;
            for (auto page = this->list(query); !page.empty(); page = this->list(query)) {
                ASSERT_LE(page.size(), rows);
                all.insert(all.end(), page.begin(), page.end());
                query.after = cursor_behind(page.back());
            }
            EXPECT_EQ(all, model) << to_string(sort) << " by " << rows;
        }
    }
}

// What comes, goes or changes its place between two pages neither repeats nor loses any other.
TYPED_TEST_P(ReviewListsContract, ACursorHoldsItsPlaceWhileOthersWrite) {
    const auto shop = this->shops_[0];
    std::vector<Review> written;
    for (int i = 0; i < 6; ++i) written.push_back(this->write(shop, i, 3));
    ReviewQuery query{shop, ReviewSort::kHighest, std::nullopt, 2};
    const auto first = this->list(query);
    ASSERT_EQ(first.size(), 2U);
    query.after = cursor_behind(first.back());
    this->write(shop, 7, 5);                                        // before the cursor
    this->hide(first.back().id);                                    // the cursor's own row is gone
    this->get(this->reviews().delete_review(shop, BuyerId{"b3"}, this->kNever));  // behind it
    const auto second = this->list(query);
    ASSERT_EQ(second.size(), 2U);
    EXPECT_EQ(second[0].id, written[2].id);
    EXPECT_EQ(second[1].id, written[1].id);
}

TYPED_TEST_P(ReviewListsContract, NoReviewsAreAnEmptyList) {
    for (const auto sort : {ReviewSort::kNewest, ReviewSort::kHighest, ReviewSort::kLowest}) {
        EXPECT_TRUE(this->list({this->shops_[0], sort, std::nullopt, 5}).empty());
        EXPECT_TRUE(this->list({ShopId{99}, sort, ReviewCursor{3, ReviewId{7}}, 5}).empty());
    }
}

REGISTER_TYPED_TEST_SUITE_P(
    ReviewListsContract, EveryOrderIsCompleteForEveryPageSize, ACursorHoldsItsPlaceWhileOthersWrite,
    NoReviewsAreAnEmptyList
);

}  // namespace sluice
