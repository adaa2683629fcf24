// Every order in which two loads, two writes, a reader that fills L1, one that rebuilds what it
// found there, a lease that runs out and a store that loses everything can meet, with the steps of
// key_record.h. Nothing older than the last invalidation may be in the store after it, nor in L1
// after its news, nor be answered by a rebuild. Wrong steps must be caught.

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <set>
#include <sstream>
#include <string>

#include "cache/key_record.h"

namespace sluice::cache {
namespace {

enum class Mutant : std::uint8_t {
    kNone,
    kPlainSet,            // a commit is a SET
    kAcceptsWithoutMeta,  // a commit is accepted when the meta is gone
    kOneGeneration,       // invalidations do not change the generation
    kNoEpoch,             // L1 takes whatever comes
    kNewsFirst,           // L1 is told before the store is changed
    kBlindRebuild,        // a rebuild begins with what was found in L1, whatever has happened since
};

struct LoadUnderWay {
    int at = 0;  // acquire, read the database, commit, fill L1
    Lease lease;
    int version = 0;
    int token = 0;
};

struct World {
    KeyRecord record;
    StoreMillis now = 1;
    int generations = 0;
    int database = 0;  // the version of the row
    std::optional<int> l1;
    int epoch = 0;
    std::array<LoadUnderWay, 2> loads;
    int writer = 0;  // write, invalidate, L1 forgets, so do the rebuilds; twice
    int in_store_at_least = 0;
    int in_l1_at_least = 0;
    int answered_at_least = 0;
    int reader = 0, reader_token = 0;  // read the store, fill L1
    std::optional<int> reader_saw;
    int rebuild = 0, rebuild_token = 0;  // find in L1, begin
    std::optional<int> rebuild_found;
    std::optional<int> rebuild_answers;  // whoever comes
    bool lost = false;
    bool lease_ran_out = false;

    std::string text() const {
        std::ostringstream out;
        const auto& value = record.value;
        const auto& meta = record.meta;
        out << now << ' ' << generations << ' ' << database << ' ' << l1.value_or(-1) << ' '
            << epoch << ' ' << writer << ' ' << in_store_at_least << ' ' << in_l1_at_least << ' '
            << answered_at_least << ' ' << reader << ' ' << reader_token << ' '
            << reader_saw.value_or(-1) << ' ' << rebuild << ' ' << rebuild_token << ' '
            << rebuild_found.value_or(-1) << ' ' << rebuild_answers.value_or(-1) << ' ' << lost
            << lease_ran_out << '|';
        if (value) out << value->payload << ' ' << value->ticket;
        out << '|';
        if (meta)
            out << meta->generation << ' ' << meta->ticket << ' ' << meta->owner << ' '
                << meta->lease_until;
        for (const auto& load : loads) {
            out << '|' << load.at << ' ' << load.lease.generation << ' ' << load.lease.ticket << ' '
                << load.version << ' ' << load.token;
        }
        return out.str();
    }
};

class Explorer {
public:
    explicit Explorer(Mutant mutant) : mutant_(mutant) {}

    // True when some order breaks the law.
    bool finds_a_fault() {
        World start;  // a rebuild and the faults of the store know nothing of each other: one, then
                      // the others
        start.lost = start.lease_ran_out = true;
        visit(start);
        start = World{};
        start.rebuild = 2;
        visit(start);
        return fault_;
    }
    std::size_t states() const { return seen_.size(); }

private:
    void visit(const World& world) {
        if (fault_ || !seen_.insert(world.text()).second) return;
        judge(world);
        for (std::size_t i = 0; i < world.loads.size(); ++i) {
            World next = world;
            if (load_step(next, next.loads[i], i)) visit(next);
        }
        for (auto step :
             {&Explorer::write_step, &Explorer::read_step, &Explorer::rebuild_step,
              &Explorer::lose_step, &Explorer::time_step}) {
            World next = world;
            if ((this->*step)(next)) visit(next);
        }
    }

    void judge(const World& world) {
        const bool old_in_store =
            world.record.value && std::stoi(world.record.value->payload) < world.in_store_at_least;
        const bool old_in_l1 = world.l1 && *world.l1 < world.in_l1_at_least;
        const auto& answers = world.rebuild_answers;
        const bool old_answered = answers && *answers < world.answered_at_least;
        fault_ = fault_ || old_in_store || old_in_l1 || old_answered;
    }

    std::string next_generation(World& world) const {
        return mutant_ == Mutant::kOneGeneration ? "g" : "g" + std::to_string(++world.generations);
    }

    bool load_step(World& world, LoadUnderWay& load, std::size_t number) {
        switch (load.at) {
            case 0:
                return acquire_step(world, load, number);
            case 1:
                load.version = world.database;
                break;
            case 2:
                if (!commit_step(world, load)) load.at = 3;  // not stored: not kept in L1 either
                break;
            case 3:
                fill(world, load.token, load.version);
                break;
            default:
                return false;
        }
        ++load.at;
        return true;
    }

    bool acquire_step(World& world, LoadUnderWay& load, std::size_t number) {
        load.token = world.epoch;
        AcquireRequest request;
        request.owner = "load " + std::to_string(number);
        request.lease = Millis{1'000};
        request.load_max = Millis{10'000};
        const auto step = acquire(world.record, request, next_generation(world), world.now);
        if (step.verdict != AcquireVerdict::kAcquired) return false;
        load.lease.owner = request.owner;
        load.lease.generation = world.record.meta->generation;
        load.lease.ticket = step.ticket;
        load.at = 1;
        return true;
    }

    bool commit_step(World& world, const LoadUnderWay& load) {
        CommitRequest request;
        request.lease = load.lease;
        request.soft_ttl = Millis{100'000};
        request.grace = Millis{100'000};
        request.payload = std::to_string(load.version);
        const bool missing = !world.record.meta;
        if (missing && (mutant_ == Mutant::kAcceptsWithoutMeta || mutant_ == Mutant::kPlainSet)) {
            world.record.meta.emplace().generation = load.lease.generation;
            world.record.meta->gone_at = world.now + 100'000;
        }
        if (mutant_ == Mutant::kPlainSet) {
            request.lease.generation = world.record.meta->generation;
            world.record.value.reset();
        }
        return commit(world.record, request, world.now) == CommitVerdict::kStored;
    }

    void fill(World& world, int token, int version) const {
        if (token == world.epoch || mutant_ == Mutant::kNoEpoch) world.l1 = version;
    }

    bool write_step(World& world) {
        if (world.writer == 8) return false;
        int step = world.writer++ % 4;
        if (mutant_ == Mutant::kNewsFirst && step != 0) step = step % 3 + 1;
        if (step == 0) ++world.database;
        if (step == 1) {
            invalidate(world.record, InvalidateMode::kDelete, next_generation(world), world.now);
            world.in_store_at_least = world.database;
        }
        if (step == 2) {
            world.l1.reset();
            ++world.epoch;
            world.in_l1_at_least = world.database;
        }
        if (step != 3) return true;
        world.rebuild_answers.reset();
        world.answered_at_least = world.database;
        return true;
    }

    bool rebuild_step(World& world) {
        if (world.rebuild == 2) return false;
        if (world.rebuild++ == 0) {
            world.rebuild_token = world.epoch;
            world.rebuild_found = world.l1;
        } else if (world.rebuild_token == world.epoch || mutant_ == Mutant::kBlindRebuild) {
            world.rebuild_answers = world.rebuild_found;
        }
        return true;
    }

    bool read_step(World& world) {
        if (world.reader == 2) return false;
        if (world.reader++ == 0) {
            world.reader_token = world.epoch;
            if (world.record.value) world.reader_saw = std::stoi(world.record.value->payload);
        } else if (world.reader_saw) {
            fill(world, world.reader_token, *world.reader_saw);
        }
        return true;
    }

    bool lose_step(World& world) {
        if (std::exchange(world.lost, true)) return false;
        world.record = KeyRecord{};
        return true;
    }

    bool time_step(World& world) {
        if (std::exchange(world.lease_ran_out, true)) return false;
        world.now += 1'000;
        return true;
    }

    const Mutant mutant_;
    bool fault_ = false;
    std::set<std::string> seen_;
};

TEST(CacheInterleavings, NoOrderLeavesAnOlderValueBehindAnInvalidation) {
    Explorer explorer(Mutant::kNone);
    EXPECT_FALSE(explorer.finds_a_fault());
    EXPECT_GT(explorer.states(), 10'000U);
}

TEST(CacheInterleavings, EveryWrongStepIsCaught) {
    for (const auto mutant :
         {Mutant::kPlainSet, Mutant::kAcceptsWithoutMeta, Mutant::kOneGeneration, Mutant::kNoEpoch,
          Mutant::kNewsFirst, Mutant::kBlindRebuild}) {
        EXPECT_TRUE(Explorer(mutant).finds_a_fault()) << static_cast<int>(mutant);
    }
}

}  // namespace
}  // namespace sluice::cache
