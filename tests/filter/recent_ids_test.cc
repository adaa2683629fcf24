#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "cache/existence_ids.h"
#include "cache/existence_readers.h"

namespace sluice::cache {
namespace {

RC_GTEST_PROP(
    RecentIds, IsExactlyTheSetOfWhatWasInserted, (const std::vector<std::uint16_t>& raw)
) {
    RecentIds ids(raw.size());
    std::set<std::uint64_t> model;
    for (const std::uint64_t id : raw) {
        if (id == 0) continue;
        ids.insert(id);
        model.insert(id);
        RC_ASSERT(ids.size() == model.size());
    }
    for (std::uint64_t id = 0; id <= 65'536; ++id)
        RC_ASSERT(ids.contains(id) == model.contains(id));
}

TEST(RecentIds, IsFullAtItsCapacityAndStaysReadable) {
    RecentIds ids(100);
    for (std::uint64_t id = 1; id <= 100; ++id) {
        EXPECT_FALSE(ids.full());
        ids.insert(id << 40U);
    }
    EXPECT_TRUE(ids.full());
    ids.insert(1ULL << 40U);  // one that is there needs no room
    EXPECT_FALSE(ids.contains(101ULL << 40U));
    EXPECT_DEATH(ids.insert(101ULL << 40U), "full");
}

TEST(RecentIds, ALargerCopyHoldsTheSame) {
    RecentIds small(10), large(20);
    for (const std::uint64_t id : {5U, 1U, 77U}) small.insert(id);
    large.insert_all(small);
    EXPECT_EQ(large.size(), 3U);
    for (const std::uint64_t id : {5U, 1U, 77U}) EXPECT_TRUE(large.contains(id));
}

TEST(RecentIds, NoIdIsZero) {
    RecentIds ids(10);
    EXPECT_FALSE(ids.contains(0));
    EXPECT_DEATH(ids.insert(0), "id != 0");
}

TEST(Readers, TheWriterWaitsForThoseWhoWereThereAndHoldsUpNobody) {
    Readers readers;
    std::atomic<bool> inside{false}, leave{false}, waited{false};
    std::thread reader([&] {
        const auto reading = readers.enter();
        inside = true;
        inside.notify_all();
        leave.wait(false);
        EXPECT_FALSE(waited);  // not before this one has left
    });
    inside.wait(false);
    std::thread writer([&] {
        readers.wait_for_all();
        waited = true;
    });
    for (int i = 0; i < 1000; ++i) {
        const auto late = readers.enter();
        EXPECT_FALSE(waited);
    }
    leave = true;
    leave.notify_all();
    reader.join();
    writer.join();
    EXPECT_TRUE(waited);
}

}  // namespace
}  // namespace sluice::cache
