// A value, its key and its holders: made once, destroyed once, by whoever holds it last.

#include "cache/value.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "cache/l1.h"

namespace sluice::cache {
namespace {

struct Counted {
    explicit Counted(int& living) : living_(&living) { ++living; }
    Counted(Counted&& other) noexcept : living_(other.living_) { ++*living_; }
    ~Counted() { --*living_; }
    int* living_;
};

TEST(CacheValue, IsDestroyedWithItsLastHolderAndNotBefore) {
    int living = 0;
    AnyValue first = make_value("key", Counted(living), 8);
    EXPECT_EQ(living, 1);
    {
        const AnyValue second = first;
        const Held<Counted> third(second);
        first = nullptr;
        EXPECT_EQ(living, 1);
        EXPECT_EQ(third->living_, &living);
        AnyValue moved = std::move(first);  // of nothing
        moved = second;
        EXPECT_EQ(living, 1);
    }
    EXPECT_EQ(living, 0);
}

TEST(CacheValue, WhatIsHeldOutlivesItsEvictionItsInvalidationAndItsCache) {
    auto l1 = std::make_unique<L1>(kValueType<std::string>, 1U << 20U);
    const auto hash = hash_text("a");
    std::vector<Held<std::string>> held;
    for (int i = 0; i < 4; ++i) {
        L1Item item;
        item.value = make_value("a", std::string(100, static_cast<char>('a' + i)), 100);
        item.soft = item.hard = Instant::max();
        l1->put("a", hash, l1->token(hash), item);  // in the place of the one before
        L1Item found;
        ASSERT_EQ(l1->find("a", hash, Instant{}, found), EntryState::kFresh);
        held.emplace_back(std::move(found.value));
        if (i == 1) l1->invalidate("a", hash);
        if (i == 2) l1->flush();
    }
    l1.reset();
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(*held[static_cast<std::size_t>(i)], std::string(100, static_cast<char>('a' + i)));
}

// A holder too few is a use after free, one too many a leak: sanitizers see both.
TEST(CacheValue, ManyThreadsMayHoldAndDropTheSameOne) {
    L1 l1(kValueType<std::string>, 1U << 20U);
    const auto hash = hash_text("hot");
    const auto put = [&] {
        L1Item item;
        item.value = make_value("hot", std::string(50, 'x'), 50);
        item.soft = item.hard = Instant::max();
        l1.put("hot", hash, l1.token(hash), item);
    };
    put();
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int number = 0; number < 3; ++number) {
        threads.emplace_back([&, number] {
            for (int i = 0; i < 20'000; ++i) {
                L1Item found;
                const auto state = l1.find("hot", hash, Instant{}, found);
                const Held<std::string> held(std::move(found.value));
                if (number == 0 && i % 3 == 0) put();
                if (number == 0 && i % 7 == 0) l1.invalidate("hot", hash);
                if (state == EntryState::kFresh && *held != std::string(50, 'x')) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    put();
    L1Item found;
    EXPECT_EQ(l1.find("hot", hash, Instant{}, found), EntryState::kFresh);
}

struct alignas(64) Aligned {
    char text[3];
};

TEST(CacheValue, LiesWhereItsTypeMustAndKeepsItsKey) {
    const AnyValue aligned = make_value("a key", Aligned{{'a', 'b', 'c'}}, 3);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(aligned.get()) % 64, 0U);
    EXPECT_EQ(kValueType<Aligned>.key_of(&aligned.block()), "a key");
    const AnyValue small = make_value("another", 'c', 1);
    EXPECT_EQ(*static_cast<const char*>(small.get()), 'c');
    EXPECT_EQ(kValueType<char>.key_of(&small.block()), "another");
    const AnyValue longest = make_value(std::string(4'095, 'k'), 7, 4);
    EXPECT_EQ(kValueType<int>.key_of(&longest.block()), std::string(4'095, 'k'));
    const AnyValue longer = make_value(std::string(4'096, 'k'), 7, 4);
    EXPECT_EQ(kValueType<int>.key_of(&longer.block()), "") << "L1 would not keep it";
    EXPECT_EQ(*static_cast<const int*>(longer.get()), 7);
}

struct Throwing {
    Throwing() = default;
    Throwing(Throwing&&) { throw std::runtime_error("no"); }
};

TEST(CacheValue, OneThatCannotBeMovedInLeavesNothingBehind) {
    EXPECT_THROW(make_value("key", Throwing{}, 1), std::runtime_error);  // a leak otherwise
}

TEST(CacheValue, NoValueIsNull) {
    const Held<int> none;
    EXPECT_EQ(none, nullptr);
    EXPECT_FALSE(none);
    EXPECT_EQ(AnyValue(nullptr), nullptr);
    EXPECT_NE(make_value("key", 1, 4), nullptr);
}

}  // namespace
}  // namespace sluice::cache
