#include "sim/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sluice::sim {
namespace {

// More, or one certain seed: SLUICE_SIM_SEEDS=5000, SLUICE_SIM_SEED=17.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

SimOptions options_of(std::uint64_t seed) {
    SimOptions options;
    options.seed = seed;
    options.fault_odds = seed % 4 == 0 ? 0 : 20 + 40 * (seed % 4);
    return options;
}

TEST(Simulation, LawsHoldUnderKillsFaultsAndDelaysForEverySeed) {
    const std::uint64_t only = from_environment("SLUICE_SIM_SEED", 0);
    const std::uint64_t first = only > 0 ? only : 1;
    const std::uint64_t last = only > 0 ? only : from_environment("SLUICE_SIM_SEEDS", 240);
    std::size_t accepted = 0;
    int kills = 0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        const SimReport report = Simulation(options_of(seed)).run();
        EXPECT_TRUE(report.ok()) << "seed " << seed << ": " << report.trouble;
        accepted += report.accepted;
        kills += report.kills;
    }
    RecordProperty("accepted", std::to_string(accepted));
    RecordProperty("kills", std::to_string(kills));
    EXPECT_GT(accepted, last - first);  // the simulation does sell
    if (only == 0) {
        EXPECT_GT(kills, static_cast<int>(last - first));
    }
}

TEST(Simulation, SameSeedGivesTheSameRun) {
    const SimReport first = Simulation(options_of(7)).run();
    const SimReport second = Simulation(options_of(7)).run();
    EXPECT_EQ(first.fingerprint, second.fingerprint);
    EXPECT_EQ(first.answers, second.answers);
    EXPECT_NE(first.fingerprint, Simulation(options_of(9)).run().fingerprint);
}

// How many of ten runs break a law.
int broken_runs(SimOptions weakened) {
    int broken = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        weakened.seed = seed;
        weakened.kills = 10;
        if (!Simulation(weakened).run().ok()) ++broken;
    }
    return broken;
}

TEST(SimulationBites, WhenTheDiskDoesNotSync) {
    SimOptions options;
    options.synchronous = "OFF";
    EXPECT_GT(broken_runs(options), 0);
}

TEST(SimulationBites, WhenTheQueueConfirmsWhatItDidNotStore) {
    SimOptions options;
    options.broken = BrokenRule::kConfirmsUnstored;
    EXPECT_GT(broken_runs(options), 0);
}

TEST(SimulationBites, WhenWorkIsAckedBeforeItIsSettled) {
    SimOptions options;
    options.broken = BrokenRule::kAcksOnDelivery;
    EXPECT_GT(broken_runs(options), 0);
}

}  // namespace
}  // namespace sluice::sim
