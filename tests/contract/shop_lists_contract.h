#pragma once
// What every SaleBook does with shops beyond creating them: places, edits, lists by category, city and score, goods of a
// shop, pages of sales; and which pages each change names in the outbox.

#include <algorithm>

#include "base/prng.h"
#include "contract/ledger_fixture.h"
#include "domain/page_keys.h"

namespace sluice {

template <class Backend>
class ShopListsContract : public LedgerFixture<Backend> {
protected:
    using Pages = std::vector<std::string>;

    ShopId shop(const std::string& category = "food", const std::string& city = "Leeds") {
        Shop made{ShopId{}, "A shop", category, city};
        return this->get(this->sales().create_shop(std::move(made), this->kNever));
    }
    void rate(ShopId shop, int rating, const std::string& buyer) {
        ReviewDraft draft{shop, BuyerId{buyer}, rating, "so so"};
        this->get(this->reviews().write_review(std::move(draft), this->kNever));
    }
    std::vector<Shop> list(ShopQuery query) { return this->get(this->sales().list_shops(std::move(query), this->kNever)); }
    // The whole list, page by page.
    std::vector<Shop> walk(ShopQuery query) {
        std::vector<Shop> all;
        while (true) {
            const auto page = list(query);
            all.insert(all.end(), page.begin(), page.end());
            EXPECT_LE(page.size(), query.rows_max);
            if (page.size() < query.rows_max) return all;
            query.after = cursor_behind(page.back());
        }
    }
};
TYPED_TEST_SUITE_P(ShopListsContract);

TYPED_TEST_P(ShopListsContract, APlaceAndEveryEditAreKept) {
    Shop made{ShopId{}, "小龙坎", "火锅", "成都"};
    made.location = Location{-30'657'420, 104'065'735};
    const auto id = this->get(this->sales().create_shop(made, this->kNever));
    made.id = id;
    EXPECT_EQ(*this->get(this->sales().find_shop(id, this->kNever)), made);
    EXPECT_EQ(this->invalidated(), (std::vector<std::string>{"shop:" + std::to_string(id.value())}));

    ShopEdit edit;
    edit.city = "重庆";
    edit.location = Location{kLatitudeMax, -kLongitudeMax};
    const auto after = this->get(this->sales().update_shop(id, edit, this->note(), this->kNever));
    EXPECT_EQ(after, edited(made, edit));
    EXPECT_EQ(after.name, made.name);
    EXPECT_EQ(*this->get(this->sales().find_shop(id, this->kNever)), after);
    EXPECT_EQ(this->invalidated(), (std::vector<std::string>{shop_page_key(id)}));

    EXPECT_EQ(this->get(this->sales().update_shop(id, edit, this->note(), this->kNever)), after);
    EXPECT_TRUE(this->invalidated().empty()) << "nothing changed";
    EXPECT_EQ(this->code(this->sales().update_shop(ShopId{99}, edit, this->note(), this->kNever)), Code::kNotFound);
    edit.location = Location{kLatitudeMax + 1, 0};
    EXPECT_EQ(this->code(this->sales().update_shop(id, edit, this->note(), this->kNever)), Code::kPermanent);
    EXPECT_TRUE(this->invalidated().empty());
}

// Against a sorted model: every filter and order, small pages, many equal scores.
TYPED_TEST_P(ShopListsContract, ListsAreCompleteAndInOrderForEveryFilter) {
    Prng prng(7);
    const std::vector<std::string> words{"", "a", "b"};
    std::vector<Shop> model;
    for (int i = 0; i < 40; ++i) {
        const auto id = this->shop(words[prng.below(3)], words[prng.below(3)]);
        const auto reviews = prng.below(3);
        for (std::uint64_t r = 0; r < reviews; ++r) {
            this->rate(id, static_cast<int>(1 + prng.below(5)), "buyer " + std::to_string(r));
        }
        model.push_back(*this->get(this->sales().find_shop(id, this->kNever)));
    }
    for (const auto sort : {ShopSort::kNewest, ShopSort::kScore}) {
        std::sort(model.begin(), model.end(), [&](const Shop& left, const Shop& right) {
            const auto l = score_order(left.ratings);
            const auto r = score_order(right.ratings);
            return sort == ShopSort::kScore && l != r ? l > r : left.id > right.id;
        });
        for (int filter = 0; filter < 4; ++filter) {
            ShopQuery query;
            if ((filter & 1) != 0) query.category = "a";
            if ((filter & 2) != 0) query.city = "";
            query.sort = sort;
            query.rows_max = 3;
            std::vector<Shop> expected;
            for (const auto& shop : model) {
                if (query.category && shop.category != *query.category) continue;
                if (query.city && shop.city != *query.city) continue;
                expected.push_back(shop);
            }
            EXPECT_EQ(this->walk(query), expected) << filter;
            EXPECT_FALSE(expected.empty());
        }
    }
}

TYPED_TEST_P(ShopListsContract, NoTwoCategoriesAreTakenForOne) {
    const auto id = this->shop("Café", "Paris");
    ShopQuery query;
    query.category = "Café";
    EXPECT_EQ(this->list(query).size(), 1U);
    for (const auto* other : {"Cafe", "café", "Café "}) {
        query.category = other;
        EXPECT_TRUE(this->list(query).empty()) << other;
    }
    query.category = "Café";
    query.city = "Paris";
    EXPECT_EQ(this->list(query).front().id, id);
}

TYPED_TEST_P(ShopListsContract, GoodsOfAShopAreListedByCursor) {
    const auto mine = this->shop();
    const auto other = this->shop();
    this->invalidated();
    std::vector<GoodsId> ids;
    for (int i = 0; i < 5; ++i) {
        Goods goods{GoodsId{}, i == 2 ? other : mine, "Tea", "Loose", Cents{500}, Currency{}};
        ids.push_back(this->get(this->sales().create_goods(std::move(goods), this->kNever)));
    }
    const auto named = this->invalidated();
    EXPECT_EQ(named.size(), 10U);
    EXPECT_EQ(named[0], goods_page_key(ids[0]));
    EXPECT_EQ(named[1], shop_goods_page_key(mine));
    const auto list = [&](GoodsId after, std::size_t rows) {
        std::vector<GoodsId> found;
        for (const auto& goods : this->get(this->sales().list_goods_of(mine, after, rows, this->kNever))) {
            found.push_back(goods.id);
        }
        return found;
    };
    using Ids = std::vector<GoodsId>;
    EXPECT_EQ(list(GoodsId{}, 9), (Ids{ids[0], ids[1], ids[3], ids[4]}));
    EXPECT_EQ(list(ids[1], 1), (Ids{ids[3]}));
    EXPECT_EQ(list(ids[4], 9), Ids{});
}

TYPED_TEST_P(ShopListsContract, APageOfASaleIsItsRowItsGoodsAndItsShop) {
    const auto id = this->open_sale(10, 3);
    const auto page = *this->get(this->sales().find_sale_page(id, this->kNever));
    EXPECT_EQ(page.sale.id, id);
    EXPECT_EQ(page.sale.available, 10);
    EXPECT_EQ(page.goods.id, page.sale.goods);
    EXPECT_EQ(page.goods.title, "Tea");
    EXPECT_EQ(page.shop.id, page.goods.shop);
    EXPECT_EQ(page.shop.name, "Corner shop");
    EXPECT_FALSE(this->get(this->sales().find_sale_page(SaleId{99}, this->kNever)));
}

TYPED_TEST_P(ShopListsContract, TheOperatorsWordOnASaleNamesItsPage) {
    const auto sale = this->create(this->new_sale());
    const auto page = sale_page_key(sale);
    EXPECT_EQ(this->invalidated().back(), page);
    const auto move = [&](SaleState to) { return this->sales().set_sale_state(sale, to, this->note(), this->kNever); };
    this->get(move(SaleState::kOpen));
    EXPECT_EQ(this->invalidated(), (std::vector<std::string>{page}));
    this->get(move(SaleState::kOpen));
    EXPECT_EQ(this->code(move(SaleState::kDraft)), Code::kConflict);
    EXPECT_TRUE(this->invalidated().empty());
    this->truth(plan_restock(this->snapshot(sale, {}), 5, this->note()));
    EXPECT_EQ(this->invalidated(), (std::vector<std::string>{page}));
    this->settle({this->order(sale, 1, "ann")});
    EXPECT_TRUE(this->invalidated().empty()) << "orders are too many to name";
    ShopEdit edit;
    edit.name = "New name";
    const auto shop = this->get(this->sales().find_sale_page(sale, this->kNever))->shop.id;
    this->get(this->sales().update_shop(shop, edit, this->note(), this->kNever));
    EXPECT_EQ(this->invalidated(), (std::vector<std::string>{shop_page_key(shop), page}));
}

TYPED_TEST_P(ShopListsContract, TheOutboxKeepsRowsUntilTheyAreTakenOutByName) {
    std::vector<ShopId> shops;
    for (int i = 0; i < 5; ++i) shops.push_back(this->shop());
    const auto rows = this->get(this->outbox().read(3, this->kNever));
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].page, shop_page_key(shops[0]));
    this->get(this->outbox().remove({rows[1].id, rows[1].id + 1'000'000}, this->kNever));
    this->get(this->outbox().remove({rows[1].id}, this->kNever));
    this->get(this->outbox().remove({}, this->kNever));
    this->backend_.restart();
    const auto left = this->invalidated();
    EXPECT_EQ(left, (std::vector<std::string>{
        shop_page_key(shops[0]), shop_page_key(shops[2]), shop_page_key(shops[3]), shop_page_key(shops[4])}));
}

REGISTER_TYPED_TEST_SUITE_P(
    ShopListsContract, APlaceAndEveryEditAreKept, ListsAreCompleteAndInOrderForEveryFilter, NoTwoCategoriesAreTakenForOne,
    GoodsOfAShopAreListedByCursor, APageOfASaleIsItsRowItsGoodsAndItsShop, TheOperatorsWordOnASaleNamesItsPage,
    TheOutboxKeepsRowsUntilTheyAreTakenOutByName
);

}  // namespace sluice
