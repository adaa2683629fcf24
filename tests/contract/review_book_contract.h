#pragma once
// What every ReviewBook does with one review: written once, edited, deleted, moderated; the shop's score with it, exactly;
// and which pages each change names in the outbox.

#include <map>

#include "base/prng.h"
#include "contract/ledger_fixture.h"
#include "domain/page_keys.h"

namespace sluice {

template <class Backend>
class ReviewBookContract : public LedgerFixture<Backend> {
protected:
    using Pages = std::vector<std::string>;

    void SetUp() override {
        LedgerFixture<Backend>::SetUp();
        shop_ = make_shop();
        this->invalidated();
    }
    ShopId make_shop() {
        Shop made{ShopId{}, "A shop", "food", "Leeds"};
        return this->get(this->sales().create_shop(std::move(made), this->kNever));
    }
    static ReviewDraft draft(ShopId shop, const std::string& buyer, int rating, std::string text) {
        return {shop, BuyerId{buyer}, rating, std::move(text)};
    }
    ReviewReceipt write(const std::string& buyer, int rating, std::string text = "fine") {
        return this->get(this->reviews().write_review(draft(shop_, buyer, rating, std::move(text)), this->kNever));
    }
    Code refused(ReviewDraft bad) { return this->code(this->reviews().write_review(std::move(bad), this->kNever)); }
    bool remove(const std::string& buyer) {
        return this->get(this->reviews().delete_review(shop_, BuyerId{buyer}, this->kNever));
    }
    Review moderate(ReviewId id, ReviewState to) {
        return this->get(this->reviews().moderate_review(id, to, this->note(), this->kNever));
    }
    std::optional<Review> of(const std::string& buyer) {
        return this->get(this->reviews().find_review_of(shop_, BuyerId{buyer}, this->kNever));
    }
    RatingTotals totals(ShopId shop) { return this->get(this->sales().find_shop(shop, this->kNever))->ratings; }
    RatingTotals totals() { return totals(shop_); }
    Pages both() const { return {shop_page_key(shop_), reviews_page_key(shop_)}; }
    Pages list_only() const { return {reviews_page_key(shop_)}; }

    ShopId shop_;
};
TYPED_TEST_SUITE_P(ReviewBookContract);

TYPED_TEST_P(ReviewBookContract, ABuyerHasOneReviewOfAShopAndWritingAgainEditsIt) {
    const auto first = this->write("ann", 4, "好吃！");
    EXPECT_EQ(first.outcome, ReviewOutcome::kWritten);
    EXPECT_EQ(first.review.created_at, this->kNow);
    EXPECT_FALSE(first.review.edited_at);
    EXPECT_EQ(*this->of("ann"), first.review);
    EXPECT_EQ(*this->get(this->reviews().find_review(first.review.id, this->kNever)), first.review);
    EXPECT_EQ(this->invalidated(), this->both());

    const auto later = this->kNow + Millis{5'000};
    this->at(later);
    const auto repeated = this->write("ann", 4, "好吃！");
    EXPECT_EQ(repeated.outcome, ReviewOutcome::kUnchanged);
    EXPECT_EQ(repeated.review, first.review);
    EXPECT_TRUE(this->invalidated().empty());

    const auto second = this->write("ann", 2, "不新鲜");
    EXPECT_EQ(second.outcome, ReviewOutcome::kEdited);
    EXPECT_EQ(second.review.id, first.review.id);
    EXPECT_EQ(second.review.created_at, this->kNow);
    EXPECT_EQ(second.review.edited_at, later);
    EXPECT_EQ(*this->of("ann"), second.review);
    EXPECT_EQ(this->totals(), (RatingTotals{2, 1}));
    EXPECT_EQ(this->invalidated(), this->both());
    this->write("ann", 2, "other words");
    EXPECT_EQ(this->invalidated(), this->list_only()) << "the score stayed as it is";

    this->at(this->kNow - Millis{5'000});  // the clock stepped back
    EXPECT_EQ(this->write("ann", 3).review.edited_at, this->kNow);
    EXPECT_EQ(this->write("bob", 5).outcome, ReviewOutcome::kWritten);
    EXPECT_EQ(this->totals(), (RatingTotals{8, 2}));
}

TYPED_TEST_P(ReviewBookContract, BadReviewsAreRefusedWithoutTrace) {
    const auto shop = this->shop_;
    EXPECT_EQ(this->refused(this->draft(ShopId{99}, "ann", 3, "")), Code::kNotFound);
    for (const int rating : {-1, 0, 6, 1'000}) {
        EXPECT_EQ(this->refused(this->draft(shop, "ann", rating, "")), Code::kInvalidField) << rating;
    }
    std::string text;
    for (std::size_t i = 0; i < kReviewCharactersMax; ++i) text += "\xF0\x9F\x8D\x9C";  // 🍜
    EXPECT_EQ(this->refused(this->draft(shop, "ann", 3, text + "!")), Code::kInvalidField);
    EXPECT_EQ(this->refused(this->draft(shop, "ann", 3, "\xff")), Code::kInvalidField);
    EXPECT_EQ(this->refused(this->draft(shop, "ann", 3, "\xed\xa0\x80")), Code::kInvalidField);
    EXPECT_FALSE(this->of("ann"));
    EXPECT_EQ(this->totals(), RatingTotals{});
    EXPECT_TRUE(this->invalidated().empty());
    this->write("ann", 3, text);
    EXPECT_EQ(this->of("ann")->text, text);
    EXPECT_EQ(this->write("bob", 1, "").review.text, "");
}

TYPED_TEST_P(ReviewBookContract, BuyersWithLongAndStrangeNamesAreDifferentBuyers) {
    const std::string longest(kBuyerIdBytesMax, 'x');
    for (const auto& buyer : {longest, std::string("Ann"), std::string("ann"), std::string("ann "), std::string("änn")}) {
        EXPECT_EQ(this->write(buyer, 5).outcome, ReviewOutcome::kWritten) << buyer;
    }
    EXPECT_EQ(this->of(longest)->buyer, BuyerId{longest});
    EXPECT_EQ(this->totals(), (RatingTotals{25, 5}));
}

TYPED_TEST_P(ReviewBookContract, AnAuthorDeletesTheReview) {
    this->write("ann", 4);
    this->write("bob", 1);
    this->invalidated();
    EXPECT_TRUE(this->remove("ann"));
    EXPECT_EQ(this->invalidated(), this->both());
    EXPECT_FALSE(this->of("ann"));
    EXPECT_EQ(this->totals(), (RatingTotals{1, 1}));
    EXPECT_FALSE(this->remove("ann"));
    EXPECT_FALSE(this->get(this->reviews().delete_review(ShopId{99}, BuyerId{"ann"}, this->kNever)));
    EXPECT_TRUE(this->invalidated().empty());
    EXPECT_EQ(this->write("ann", 5).outcome, ReviewOutcome::kWritten);
    EXPECT_EQ(this->totals(), (RatingTotals{6, 2}));
}

TYPED_TEST_P(ReviewBookContract, HiddenReviewsCountForNothingAndComeBack) {
    const auto id = this->write("ann", 1).review.id;
    this->write("bob", 5);
    this->invalidated();
    EXPECT_EQ(this->moderate(id, ReviewState::kHidden).state, ReviewState::kHidden);
    EXPECT_EQ(this->totals(), (RatingTotals{5, 1}));
    EXPECT_EQ(this->invalidated(), this->both());
    this->moderate(id, ReviewState::kHidden);
    EXPECT_TRUE(this->invalidated().empty());

    EXPECT_EQ(this->write("ann", 3).review.state, ReviewState::kHidden);
    EXPECT_EQ(this->totals(), (RatingTotals{5, 1}));
    EXPECT_TRUE(this->invalidated().empty()) << "nobody saw it";
    this->moderate(id, ReviewState::kVisible);
    EXPECT_EQ(this->totals(), (RatingTotals{8, 2}));
    EXPECT_EQ(this->invalidated(), this->both());
    auto missing = this->reviews().moderate_review(ReviewId{99}, ReviewState::kHidden, this->note(), this->kNever);
    EXPECT_EQ(this->code(std::move(missing)), Code::kNotFound);
}

TYPED_TEST_P(ReviewBookContract, DeletingAndWritingAnewDoesNotUndoTheModeratorsWord) {
    const auto id = this->write("ann", 1, "an insult").review.id;
    this->moderate(id, ReviewState::kHidden);
    this->invalidated();
    EXPECT_TRUE(this->remove("ann"));
    EXPECT_FALSE(this->remove("ann"));
    EXPECT_EQ(this->of("ann")->text, "");
    EXPECT_EQ(this->of("ann")->state, ReviewState::kWithdrawn);
    auto shown = this->reviews().moderate_review(id, ReviewState::kVisible, this->note(), this->kNever);
    EXPECT_EQ(this->code(std::move(shown)), Code::kNotFound);
    const auto again = this->write("ann", 1, "");
    EXPECT_EQ(again.outcome, ReviewOutcome::kEdited);
    EXPECT_EQ(again.review.state, ReviewState::kHidden);
    EXPECT_EQ(again.review.id, id);
    EXPECT_EQ(this->totals(), RatingTotals{});
    EXPECT_TRUE(this->invalidated().empty());
    EXPECT_EQ(this->moderate(id, ReviewState::kVisible).rating, 1);
    EXPECT_EQ(this->totals(), (RatingTotals{1, 1}));
}

TYPED_TEST_P(ReviewBookContract, NothingBeginsAfterTheDeadline) {
    const auto passed = Deadline{Instant::min()};
    auto late = this->reviews().write_review(this->draft(this->shop_, "ann", 3, ""), passed);
    EXPECT_EQ(this->code(std::move(late)), Code::kTimeout);
    EXPECT_EQ(this->code(this->reviews().list_reviews(ReviewQuery{this->shop_}, passed)), Code::kTimeout);
    EXPECT_EQ(this->code(this->outbox().read(1, passed)), Code::kTimeout);
    EXPECT_FALSE(this->of("ann"));
}

// Random writes, edits, deletions and moderation over two shops, after each of which the scores are those of a model.
TYPED_TEST_P(ReviewBookContract, ScoresFollowAModelThroughRandomOperations) {
    const std::vector<ShopId> shops{this->shop_, this->make_shop()};
    std::map<std::pair<std::size_t, std::uint64_t>, Review> model;
    Prng prng(41);
    for (int step = 0; step < 400; ++step) {
        const std::size_t at = prng.below(2);
        const std::uint64_t who = prng.below(6);
        const BuyerId buyer{"buyer " + std::to_string(who)};
        const auto known = model.find({at, who});
        const bool known_text = known != model.end() && known->second.state != ReviewState::kWithdrawn;
        if (const auto what = prng.below(10); what < 6) {
            const int rating = static_cast<int>(1 + prng.below(5));
            auto written = this->reviews().write_review({shops[at], buyer, rating, ""}, this->kNever);
            model[{at, who}] = this->get(std::move(written)).review;
            EXPECT_EQ((model[{at, who}].rating), rating);
        } else if (what < 8) {
            EXPECT_EQ(this->get(this->reviews().delete_review(shops[at], buyer, this->kNever)), known_text);
            if (!known_text) continue;
            if (known->second.state == ReviewState::kVisible) {
                model.erase(known);
            } else {
                known->second.state = ReviewState::kWithdrawn;
            }
        } else if (known_text) {
            const auto to = what == 8 ? ReviewState::kHidden : ReviewState::kVisible;
            known->second = this->moderate(known->second.id, to);
            EXPECT_EQ(known->second.state, to);
        }
        std::array<RatingTotals, 2> expected{};
        for (const auto& [key, review] : model) {
            if (review.state != ReviewState::kVisible) continue;
            expected[key.first].sum += review.rating;
            expected[key.first].count += 1;
        }
        ASSERT_EQ(this->totals(shops[at]), expected[at]) << "step " << step;
    }
}

REGISTER_TYPED_TEST_SUITE_P(
    ReviewBookContract, ABuyerHasOneReviewOfAShopAndWritingAgainEditsIt, BadReviewsAreRefusedWithoutTrace,
    BuyersWithLongAndStrangeNamesAreDifferentBuyers, AnAuthorDeletesTheReview, HiddenReviewsCountForNothingAndComeBack,
    DeletingAndWritingAnewDoesNotUndoTheModeratorsWord, NothingBeginsAfterTheDeadline,
    ScoresFollowAModelThroughRandomOperations
);

}  // namespace sluice
