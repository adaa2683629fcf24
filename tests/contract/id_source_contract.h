#pragma once
// What every source of ids does that an existence filter rests on (cache/existence_filter.h).

#include "cache/existence_filter.h"
#include "contract/ledger_fixture.h"

namespace sluice {

template <class Backend>
class IdSourceContract : public LedgerFixture<Backend> {
protected:
    using Ids = std::vector<std::uint64_t>;

    std::uint64_t new_shop() {
        Shop made{ShopId{}, "A shop", "food", "Leeds"};
        return static_cast<std::uint64_t>(this->get(this->sales().create_shop(std::move(made), this->kNever)).value());
    }
    Ids next(cache::IdSource& source, std::uint64_t after, std::size_t max) { return this->get(source.next(after, max)); }
    std::uint64_t handed_out(cache::IdSource& source) { return this->get(source.handed_out()); }
};
TYPED_TEST_SUITE_P(IdSourceContract);

TYPED_TEST_P(IdSourceContract, AnEmptyTableHasHandedOutNothing) {
    EXPECT_EQ(this->handed_out(this->backend_.shop_ids()), 0U);
    EXPECT_TRUE(this->next(this->backend_.shop_ids(), 0, 10).empty());
    EXPECT_EQ(this->handed_out(this->backend_.goods_ids()), 0U);
}

TYPED_TEST_P(IdSourceContract, IdsAreReadInAscendingPages) {
    std::vector<std::uint64_t> made;
    for (int i = 0; i < 5; ++i) made.push_back(this->new_shop());
    auto& source = this->backend_.shop_ids();
    EXPECT_EQ(this->next(source, 0, 2), (std::vector<std::uint64_t>{made[0], made[1]}));
    EXPECT_EQ(this->next(source, made[1], 10), (std::vector<std::uint64_t>{made[2], made[3], made[4]}));
    EXPECT_TRUE(this->next(source, made[4], 10).empty());
}

// Also right after the row was committed, and to a process that starts anew.
TYPED_TEST_P(IdSourceContract, NoIdThatExistsIsAboveWhatWasHandedOut) {
    for (int i = 0; i < 3; ++i) {
        const std::uint64_t shop = this->new_shop();
        EXPECT_GE(this->handed_out(this->backend_.shop_ids()), shop);
        EXPECT_LT(this->handed_out(this->backend_.shop_ids()), shop + 100) << "a counter, not a bound";
    }
    const std::uint64_t before = this->handed_out(this->backend_.shop_ids());
    this->backend_.restart();
    EXPECT_GE(this->handed_out(this->backend_.shop_ids()), before);
}

TYPED_TEST_P(IdSourceContract, EachTableHasItsOwn) {
    (void)this->new_shop();
    const auto goods = static_cast<std::uint64_t>(this->goods().value());
    EXPECT_EQ(this->next(this->backend_.goods_ids(), 0, 10), std::vector<std::uint64_t>{goods});
    EXPECT_GE(this->handed_out(this->backend_.goods_ids()), goods);
    EXPECT_EQ(this->next(this->backend_.shop_ids(), 0, 10).size(), 2U);
}

REGISTER_TYPED_TEST_SUITE_P(
    IdSourceContract, AnEmptyTableHasHandedOutNothing, IdsAreReadInAscendingPages,
    NoIdThatExistsIsAboveWhatWasHandedOut, EachTableHasItsOwn
);

}  // namespace sluice
