// The first level: bounded, scan-resistant, and never filled with what an invalidation overtook.

#include "cache/l1.h"

#include <gtest/gtest.h>

#include <string>

#include "base/prng.h"

namespace sluice::cache {
namespace {

const ValueType& kText = kValueType<std::string>;
constexpr Instant kNow{std::chrono::hours{1}};

class L1Test : public testing::Test {
protected:
    bool put(L1& l1, const std::string& key, const std::string& text, std::size_t bytes = 100) {
        const auto hash = hash_text(key);
        return l1.put(key, hash, l1.token(hash), item(key, text, bytes));
    }
    static L1Item item(const std::string& key, const std::string& text, std::size_t bytes = 10) {
        L1Item made;
        made.value = make_value(key, text, bytes);
        made.soft = kNow + Millis{100};
        made.hard = kNow + Millis{200};
        made.load = Millis{7};
        made.ticket = 9;
        return made;
    }
    // "" when it is not there.
    static std::string get(L1& l1, const std::string& key, Instant now = kNow) {
        L1Item found;
        const auto state = l1.find(key, hash_text(key), now, found);
        if (state == EntryState::kAbsent) return "";
        return *static_cast<const std::string*>(found.value.get());
    }
};

TEST_F(L1Test, GivesBackWhatWasPutWithItsTimes) {
    L1 l1(kText, 1U << 20U);
    EXPECT_TRUE(put(l1, "a", "one"));
    L1Item found;
    EXPECT_EQ(l1.find("a", hash_text("a"), kNow, found), EntryState::kFresh);
    EXPECT_EQ(found.soft, kNow + Millis{100});
    EXPECT_EQ(found.hard, kNow + Millis{200});
    EXPECT_EQ(found.load, Millis{7});
    EXPECT_EQ(found.ticket, 9U);
    EXPECT_EQ(l1.find("a", hash_text("a"), kNow + Millis{100}, found), EntryState::kStale);
    EXPECT_EQ(get(l1, "a", kNow + Millis{200}), "") << "past hard";
    EXPECT_TRUE(put(l1, "a", "two"));
    EXPECT_EQ(get(l1, "a"), "two");
    EXPECT_EQ(l1.stats().entries, 1U);
}

// Kept in whole milliseconds and few bits: what does not fit makes a value older, never younger.
TEST_F(L1Test, TimesAreKeptNoLaterThanTheyAre) {
    L1 l1(kText, 1U << 20U);
    L1Item odd = item("odd", "odd");
    odd.soft = kNow + std::chrono::nanoseconds{5'700'001};
    odd.hard = kNow + std::chrono::nanoseconds{9'999'999};
    odd.load = Millis{100'000};
    l1.put("odd", hash_text("odd"), l1.token(hash_text("odd")), odd);
    L1Item endless = item("endless", "endless");
    endless.soft = endless.hard = Instant::max();
    l1.put("endless", hash_text("endless"), l1.token(hash_text("endless")), endless);
    L1Item found;
    ASSERT_EQ(l1.find("odd", hash_text("odd"), kNow, found), EntryState::kFresh);
    EXPECT_EQ(found.hard, kNow + Millis{9});
    EXPECT_LE(found.soft, odd.soft);
    EXPECT_GE(found.soft, odd.soft - Millis{2});
    EXPECT_EQ(found.load, Millis{65'535});
    const Instant in_years = kNow + std::chrono::hours{24 * 365 * 30};
    EXPECT_EQ(l1.find("endless", hash_text("endless"), in_years, found), EntryState::kFresh);
}

TEST_F(L1Test, KeysOfUpTo4095BytesAreKept) {
    L1 l1(kText, 1U << 20U);
    for (const std::size_t size : {1U, 15U, 16U, 17U, 4'095U}) {
        put(l1, std::string(size, 'k'), std::to_string(size));
        EXPECT_EQ(get(l1, std::string(size, 'k')), std::to_string(size));
    }
    put(l1, std::string(4'096, 'k'), "x");
    EXPECT_EQ(get(l1, std::string(4'096, 'k')), "");
    EXPECT_EQ(l1.stats().entries, 5U);
}

TEST_F(L1Test, KeepsNullEntries) {
    L1 l1(kText, 1U << 20U);
    L1Item none;
    none.soft = none.hard = kNow + Millis{5};
    none.null = true;
    l1.put("a", hash_text("a"), l1.token(hash_text("a")), none);
    L1Item found;
    EXPECT_EQ(l1.find("a", hash_text("a"), kNow, found), EntryState::kNull);
    EXPECT_EQ(found.value, nullptr);
}

TEST_F(L1Test, NeverHoldsMoreBytesThanItMay) {
    constexpr std::size_t kMax = 256U << 10U;
    L1 l1(kText, kMax);
    Prng prng(1);
    for (int i = 0; i < 50'000; ++i) {
        put(l1, "key" + std::to_string(prng.below(5'000)), "x", 50 + prng.below(500));
        get(l1, "key" + std::to_string(prng.below(5'000)));
        if (prng.one_in(7)) {
            const std::string key = "key" + std::to_string(prng.below(5'000));
            l1.invalidate(key, hash_text(key));
        }
        ASSERT_LE(l1.stats().bytes, kMax);
    }
    EXPECT_GT(l1.stats().bytes, kMax * 8 / 10);
}

TEST_F(L1Test, SomethingTooLargeIsNotKept) {
    L1 l1(kText, 100'000);
    put(l1, "small", "x");
    put(l1, "large", "x", 50'000);
    EXPECT_EQ(get(l1, "large"), "");
    EXPECT_EQ(get(l1, "small"), "x");
    put(l1, "small", "y", 500'000);
    EXPECT_EQ(get(l1, "small"), "") << "nor what it would have replaced";
    put(l1, "other", "x");
    put(l1, "another", "x", 200'000);
    EXPECT_EQ(get(l1, "other"), "x") << "nothing else has to go for it";
    L1 none(kText, 0);
    put(none, "a", "x");
    EXPECT_EQ(get(none, "a"), "");
}

TEST_F(L1Test, AScanDoesNotPushOutWhatIsRead) {
    L1 l1(kText, 200'000);  // about 900 entries
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 300; ++i) {
            const std::string key = "hot" + std::to_string(i);
            if (get(l1, key).empty()) put(l1, key, "x");
        }
    }
    for (int i = 0; i < 20'000; ++i) put(l1, "cold" + std::to_string(i), "x");
    int kept = 0;
    for (int i = 0; i < 300; ++i) kept += get(l1, "hot" + std::to_string(i)).empty() ? 0 : 1;
    EXPECT_GE(kept, 290) << "least recently used would keep 0";
}

TEST_F(L1Test, TakesNothingThatAnInvalidationOvertook) {
    L1 l1(kText, 1U << 20U);
    const auto hash = hash_text("a");
    const auto before = l1.token(hash);
    l1.invalidate("a", hash);
    EXPECT_FALSE(l1.put("a", hash, before, item("a", "old")));
    EXPECT_EQ(get(l1, "a"), "");
    EXPECT_TRUE(put(l1, "a", "new"));
    const auto token = l1.token(hash);
    l1.flush();
    EXPECT_EQ(get(l1, "a"), "");
    EXPECT_FALSE(l1.put("a", hash, token, item("a", "old")));
    EXPECT_EQ(l1.stats().rejected, 2U);
}

TEST_F(L1Test, InvalidatedEntriesDoNotPileUp) {
    L1 l1(kText, 64U << 20U);
    for (int i = 0; i < 100'000; ++i) {
        const std::string key = "key" + std::to_string(i % 10);
        put(l1, key, "x");
        l1.invalidate(key, hash_text(key));
    }
    EXPECT_EQ(l1.stats().entries, 0U);
    EXPECT_EQ(l1.stats().bytes, 0U);
    EXPECT_LE(l1.stats().nodes, 10'300U)
        << "ten shards at most, each with a slab that is swept when it is full";
}

TEST_F(L1Test, KeysOfOneHashAreKeptApart) {
    L1 l1(kText, 1U << 20U);
    const auto token = l1.token(5);
    l1.put("first", 5, token, item("first", "1"));
    l1.put("second", 5, token, item("second", "2"));
    l1.put("third", 5, token, item("third", "3"));
    L1Item found;
    ASSERT_EQ(l1.find("second", 5, kNow, found), EntryState::kFresh);
    EXPECT_EQ(*static_cast<const std::string*>(found.value.get()), "2");
    l1.invalidate("second", 5);
    EXPECT_EQ(l1.find("second", 5, kNow, found), EntryState::kAbsent);
    EXPECT_EQ(l1.find("first", 5, kNow, found), EntryState::kFresh);
    EXPECT_EQ(l1.find("third", 5, kNow, found), EntryState::kFresh);
}

TEST(HashText, SpreadsShortTexts) {
    std::array<int, 64> slots{};
    for (int i = 0; i < 64'000; ++i) ++slots[hash_text("shop:" + std::to_string(i)) & 63U];
    for (const int count : slots) EXPECT_NEAR(count, 1'000, 200);
    EXPECT_NE(hash_text(""), hash_text(std::string_view("\0", 1)));
    EXPECT_NE(hash_text(std::string_view("\0", 1)), hash_text(std::string_view("\0\0", 2)));
}

}  // namespace
}  // namespace sluice::cache
