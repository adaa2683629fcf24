#pragma once
// What every cache::Store must do, as one suite over each implementation. A Rig has store(),
// run(task), pass(time) of the store's own clock, and lose_everything().

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/store.h"

namespace sluice::cache {

// Hears what the store says of invalidations.
class RecordingListener final : public StoreListener {
public:
    void invalidated(std::string_view key) override { keys.emplace_back(key); }
    void missed() override { ++misses; }
    void feed_alive(bool is_alive) override { alive = is_alive; }

    std::vector<std::string> keys;
    int misses = 0;
    bool alive = false;
};

template <class Rig>
class CacheStoreContract : public testing::Test {
protected:
    static Deadline soon() { return Deadline::never(); }
    Store& store() { return rig_.store(); }

    AcquireRequest ask(const std::string& owner, std::uint64_t seen = 0) {
        AcquireRequest request;
        request.key = "shops:1";
        request.owner = owner;
        request.seen_ticket = seen;
        request.lease = Millis{1'000};
        request.load_max = Millis{10'000};
        return request;
    }
    Acquired acquire(const std::string& owner, std::uint64_t seen = 0) {
        std::vector<AcquireRequest> one{ask(owner, seen)};
        return std::move(rig_.run(store().acquire(std::move(one), soon())).value().at(0));
    }
    Lease lease(const std::string& owner, std::uint64_t seen = 0) {
        auto acquired = acquire(owner, seen);
        EXPECT_EQ(acquired.verdict, AcquireVerdict::kAcquired);
        return acquired.lease;
    }
    CommitVerdict commit(
        const Lease& lease, const std::string& payload, Millis soft = Millis{60'000}
    ) {
        CommitRequest request;
        request.lease = lease;
        request.soft_ttl = soft;
        request.grace = Millis{600'000};
        request.load = Millis{12};
        request.payload = payload;
        std::vector<CommitRequest> one{request};
        return rig_.run(store().commit(std::move(one), soon())).value().at(0).verdict;
    }
    void release(const Lease& lease, bool failed) {
        ReleaseRequest request;
        request.lease = lease;
        request.failed = failed;
        request.backoff_first = Millis{100};
        request.backoff_max = Millis{10'000};
        std::vector<ReleaseRequest> one{request};
        EXPECT_TRUE(rig_.run(store().release(std::move(one), soon())).ok());
    }
    bool extend(const Lease& lease) {
        std::vector<Lease> one{lease};
        return rig_.run(store().extend(std::move(one), Millis{1'000}, soon())).value().at(0);
    }
    void invalidate(
        InvalidateMode mode = InvalidateMode::kDelete, const std::string& key = "shops:1"
    ) {
        std::vector<std::string> one{key};
        EXPECT_TRUE(rig_.run(store().invalidate(std::move(one), mode, soon())).ok());
    }
    std::optional<StoredValue> read(const std::string& key = "shops:1") {
        std::vector<std::string> one{key};
        return std::move(rig_.run(store().read(std::move(one), soon())).value().at(0));
    }
    std::string text() {
        const auto value = read();
        return value ? value->payload : "";
    }

    Rig rig_;
};

TYPED_TEST_SUITE_P(CacheStoreContract);

TYPED_TEST_P(CacheStoreContract, GivesBackWhatWasCommitted) {
    EXPECT_EQ(this->read(), std::nullopt);
    const std::string payload("bytes \0 and\nlines", 17);
    EXPECT_EQ(this->commit(this->lease("ann"), payload), CommitVerdict::kStored);
    const auto value = this->read();
    ASSERT_TRUE(value);
    EXPECT_EQ(value->payload, payload);
    EXPECT_EQ(value->ticket, 1U);
    EXPECT_EQ(value->seq, 0U);
    EXPECT_EQ(value->load, Millis{12});
    EXPECT_FALSE(value->null);
    EXPECT_EQ(value->hard - value->soft, Millis{600'000});
}

TYPED_TEST_P(CacheStoreContract, MapsItsTimesToOursAndNeverTooLate) {
    CommitRequest request;
    request.lease = this->lease("ann");
    request.soft_ttl = Millis{60'000};
    request.payload = "x";
    std::vector<CommitRequest> one{request};
    const auto committed =
        this->rig_.run(this->store().commit(std::move(one), this->soon())).value();
    const Instant now = this->rig_.now();
    EXPECT_LE(committed.at(0).soft, now + Millis{60'000});
    EXPECT_GE(committed.at(0).soft, now + Millis{58'000});
    const auto value = this->read();
    EXPECT_LE(value->soft, this->rig_.now() + Millis{60'000});
    EXPECT_GE(value->soft, now + Millis{58'000});
}

TYPED_TEST_P(CacheStoreContract, ReadsManyKeysByIndex) {
    this->commit(this->lease("ann"), "one");
    std::vector<std::string> keys{"shops:2", "shops:1", "shops:3"};
    const auto values = this->rig_.run(this->store().read(std::move(keys), this->soon())).value();
    ASSERT_EQ(values.size(), 3U);
    EXPECT_FALSE(values[0]);
    ASSERT_TRUE(values[1]);
    EXPECT_EQ(values[1]->payload, "one");
    EXPECT_FALSE(values[2]);
    std::vector<std::string> none;
    EXPECT_TRUE(this->rig_.run(this->store().read(std::move(none), this->soon())).value().empty());
}

TYPED_TEST_P(CacheStoreContract, ForgetsAValuePastHard) {
    this->commit(this->lease("ann"), "one", Millis{1'000});
    this->rig_.pass(Millis{600'990});
    EXPECT_EQ(this->text(), "one");
    this->rig_.pass(Millis{11});  // Redis forgets a millisecond later
    EXPECT_EQ(this->read(), std::nullopt);
}

TYPED_TEST_P(CacheStoreContract, KeepsNullEntries) {
    CommitRequest request;
    request.lease = this->lease("ann");
    request.soft_ttl = Millis{5'000};
    request.null = true;
    std::vector<CommitRequest> one{request};
    this->rig_.run(this->store().commit(std::move(one), this->soon())).value();
    ASSERT_TRUE(this->read());
    EXPECT_TRUE(this->read()->null);
    EXPECT_EQ(this->acquire("bob").verdict, AcquireVerdict::kFresh);
    this->rig_.pass(Millis{5'001});
    EXPECT_EQ(this->read(), std::nullopt);
}

TYPED_TEST_P(CacheStoreContract, GivesOneLeaseAtATime) {
    const auto mine = this->lease("ann");
    const auto other = this->acquire("bob");
    EXPECT_EQ(other.verdict, AcquireVerdict::kBusy);
    EXPECT_GT(other.wait, Millis{0});
    EXPECT_LE(other.wait, Millis{1'000});
    EXPECT_EQ(this->acquire("ann").verdict, AcquireVerdict::kAcquired)
        << "asked again by its owner";
    this->release(mine, false);
    EXPECT_EQ(this->acquire("bob").verdict, AcquireVerdict::kAcquired);
}

TYPED_TEST_P(CacheStoreContract, ALeaseRunsOutUnlessItIsExtended) {
    const auto mine = this->lease("ann");
    this->rig_.pass(Millis{900});
    EXPECT_TRUE(this->extend(mine));
    this->rig_.pass(Millis{900});
    EXPECT_EQ(this->acquire("bob").verdict, AcquireVerdict::kBusy);
    this->rig_.pass(Millis{100});
    EXPECT_EQ(this->acquire("bob").verdict, AcquireVerdict::kAcquired);
    EXPECT_FALSE(this->extend(mine)) << "taken over";
}

TYPED_TEST_P(CacheStoreContract, SaysWhenSomebodyWasFaster) {
    this->commit(this->lease("ann"), "one");
    const auto late = this->acquire("bob");
    ASSERT_EQ(late.verdict, AcquireVerdict::kFresh);
    EXPECT_EQ(late.value->payload, "one");
    EXPECT_EQ(this->acquire("bob", 1).verdict, AcquireVerdict::kAcquired)
        << "it wants that very one replaced";
}

TYPED_TEST_P(CacheStoreContract, AStaleValueMayBeRebuilt) {
    this->commit(this->lease("ann"), "one", Millis{1'000});
    this->rig_.pass(Millis{1'000});
    EXPECT_EQ(this->text(), "one");
    const auto next = this->lease("bob", 1);
    EXPECT_EQ(next.ticket, 2U);
    EXPECT_EQ(this->commit(next, "two"), CommitVerdict::kStored);
    EXPECT_EQ(this->text(), "two");
}

TYPED_TEST_P(CacheStoreContract, ALoadThatLostItsLeaseStillCounts) {
    const auto slow = this->lease("ann");
    this->rig_.pass(Millis{3'000});
    const auto second = this->lease("bob");
    EXPECT_EQ(this->commit(slow, "slow"), CommitVerdict::kStored);
    EXPECT_EQ(this->text(), "slow");
    EXPECT_EQ(this->commit(second, "newer"), CommitVerdict::kStored);
    EXPECT_EQ(this->text(), "newer");
}

TYPED_TEST_P(CacheStoreContract, AnOlderLoadNeverReplacesANewerOne) {
    const auto slow = this->lease("ann");
    this->rig_.pass(Millis{3'000});
    EXPECT_EQ(this->commit(this->lease("bob"), "newer"), CommitVerdict::kStored);
    EXPECT_EQ(this->commit(slow, "older"), CommitVerdict::kTicketOlder);
    EXPECT_EQ(this->commit(slow, "older"), CommitVerdict::kTicketOlder);
    EXPECT_EQ(this->text(), "newer");
}

TYPED_TEST_P(CacheStoreContract, NothingThatBeganBeforeAnInvalidationIsStored) {
    const auto before = this->lease("ann");
    this->invalidate();
    EXPECT_EQ(this->commit(before, "old"), CommitVerdict::kGenerationChanged);
    EXPECT_EQ(this->read(), std::nullopt);
    EXPECT_FALSE(this->extend(before));
    const auto after = this->lease("bob");
    EXPECT_EQ(after.seq, 1U);
    EXPECT_EQ(this->commit(before, "old"), CommitVerdict::kGenerationChanged);
    EXPECT_EQ(this->commit(after, "new"), CommitVerdict::kStored);
    EXPECT_EQ(this->commit(before, "old"), CommitVerdict::kGenerationChanged);
    EXPECT_EQ(this->text(), "new");
}

TYPED_TEST_P(CacheStoreContract, InvalidatingDeletesAndMayBeRepeated) {
    this->commit(this->lease("ann"), "one");
    this->invalidate();
    EXPECT_EQ(this->read(), std::nullopt);
    this->invalidate();
    this->invalidate(InvalidateMode::kDelete, "shops:never seen");
    const auto next = this->lease("bob");
    EXPECT_EQ(next.seq, 2U);
    EXPECT_GT(next.ticket, 1U);
}

TYPED_TEST_P(CacheStoreContract, ExpiringKeepsTheValueUntilItIsReplaced) {
    const auto first = this->lease("ann");
    this->commit(first, "one");
    this->invalidate(InvalidateMode::kExpire);
    const auto value = this->read();
    ASSERT_TRUE(value);
    EXPECT_EQ(value->payload, "one");
    EXPECT_LE(value->soft, this->rig_.now());
    EXPECT_EQ(this->commit(first, "again"), CommitVerdict::kGenerationChanged);
    EXPECT_EQ(this->commit(this->lease("bob", 1), "two"), CommitVerdict::kStored);
    EXPECT_EQ(this->text(), "two");
}

TYPED_TEST_P(CacheStoreContract, ExpiringForgetsThatThereWasNone) {
    CommitRequest request;
    request.lease = this->lease("ann");
    request.null = true;
    request.soft_ttl = Millis{5'000};
    std::vector<CommitRequest> one{request};
    this->rig_.run(this->store().commit(std::move(one), this->soon())).value();
    ASSERT_TRUE(this->read()->null);
    this->invalidate(InvalidateMode::kExpire);
    EXPECT_EQ(this->read(), std::nullopt);
}

TYPED_TEST_P(CacheStoreContract, FailedLoadsAreRestedFromTwiceAsLongEachTime) {
    for (const std::int64_t pause : {100, 200, 400}) {
        this->release(this->lease("ann"), true);
        const auto next = this->acquire("bob");
        EXPECT_EQ(next.verdict, AcquireVerdict::kBackingOff);
        EXPECT_LE(next.wait, Millis{pause});
        EXPECT_GE(next.wait, Millis{pause - 5});
        this->rig_.pass(Millis{pause});
    }
    EXPECT_EQ(this->commit(this->lease("ann"), "one", Millis{10}), CommitVerdict::kStored);
    this->rig_.pass(Millis{10});
    this->release(this->lease("ann", 1), true);
    EXPECT_LE(this->acquire("bob", 1).wait, Millis{100}) << "a success starts the count again";
}

TYPED_TEST_P(CacheStoreContract, OnlyTheHolderOfALeaseGivesItBack) {
    const auto slow = this->lease("ann");
    this->rig_.pass(Millis{1'000});
    const auto second = this->lease("bob");
    this->release(slow, true);
    EXPECT_EQ(this->acquire("cid").verdict, AcquireVerdict::kBusy);
    this->release(second, false);
    EXPECT_EQ(this->acquire("cid").verdict, AcquireVerdict::kAcquired);
}

TYPED_TEST_P(CacheStoreContract, AStoreThatLostEverythingRefusesWhatBeganBefore) {
    const auto before = this->lease("ann");
    this->rig_.lose_everything();
    EXPECT_EQ(this->commit(before, "old"), CommitVerdict::kMetaMissing);
    EXPECT_EQ(this->read(), std::nullopt);
    const auto after = this->lease("bob");
    EXPECT_NE(after.generation, before.generation);
    EXPECT_EQ(this->commit(before, "old"), CommitVerdict::kGenerationChanged);
    EXPECT_EQ(this->commit(after, "new"), CommitVerdict::kStored);
}

TYPED_TEST_P(CacheStoreContract, AMetaOutlivesTheLongestLoad) {
    const auto slow = this->lease("ann");
    this->rig_.pass(Millis{14'999});
    EXPECT_EQ(this->commit(slow, "at last"), CommitVerdict::kStored);
    const auto slower = this->lease("bob", 1);
    this->rig_.pass(Millis{15'001});
    EXPECT_EQ(this->commit(slower, "too late"), CommitVerdict::kMetaMissing);
}

TYPED_TEST_P(CacheStoreContract, TicketsGrowThoughTheMetaIsGone) {
    this->commit(this->lease("ann"), "one", Millis{60'000});
    this->rig_.pass(Millis{59'000});  // the meta is long gone
    const auto early = this->lease("bob", 1);
    EXPECT_EQ(early.ticket, 2U);
    EXPECT_EQ(this->commit(early, "two"), CommitVerdict::kStored);
}

TYPED_TEST_P(CacheStoreContract, ListenersHearOfTheirKeys) {
    RecordingListener shops;
    RecordingListener goods;
    this->rig_.listen("shops:", shops);
    this->rig_.listen("goods:", goods);
    EXPECT_TRUE(shops.alive);
    this->invalidate(InvalidateMode::kDelete, "shops:7");
    this->invalidate(InvalidateMode::kExpire, "shops:a key\nwith lines");
    this->rig_.settle([&] { return shops.keys.size() >= 2; });
    EXPECT_EQ(shops.keys, (std::vector<std::string>{"shops:7", "shops:a key\nwith lines"}));
    EXPECT_TRUE(goods.keys.empty());
    this->store().unlisten(shops);
    this->invalidate(InvalidateMode::kDelete, "shops:8");
    this->invalidate(InvalidateMode::kDelete, "goods:1");
    this->rig_.settle([&] { return !goods.keys.empty(); });
    EXPECT_EQ(shops.keys.size(), 2U);
    this->store().unlisten(goods);
}

REGISTER_TYPED_TEST_SUITE_P(
    CacheStoreContract, GivesBackWhatWasCommitted, MapsItsTimesToOursAndNeverTooLate,
    ReadsManyKeysByIndex, ForgetsAValuePastHard, KeepsNullEntries, GivesOneLeaseAtATime,
    ALeaseRunsOutUnlessItIsExtended, SaysWhenSomebodyWasFaster, AStaleValueMayBeRebuilt,
    ALoadThatLostItsLeaseStillCounts, AnOlderLoadNeverReplacesANewerOne,
    NothingThatBeganBeforeAnInvalidationIsStored, InvalidatingDeletesAndMayBeRepeated,
    ExpiringKeepsTheValueUntilItIsReplaced, ExpiringForgetsThatThereWasNone, FailedLoadsAreRestedFromTwiceAsLongEachTime,
    OnlyTheHolderOfALeaseGivesItBack, AStoreThatLostEverythingRefusesWhatBeganBefore,
    AMetaOutlivesTheLongestLoad, TicketsGrowThoughTheMetaIsGone, ListenersHearOfTheirKeys
);

}  // namespace sluice::cache
