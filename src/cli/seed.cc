#include <chrono>
#include <iostream>

#include "cli/commands.h"
#include "runtime/logging.h"
#include "runtime/offline.h"
#include "runtime/seed_stores.h"

namespace sluice::cli {
namespace {

struct Options {
    Place place;
    seed::Size size;
};

constexpr std::uint64_t kSeedMax =
    9'007'199'254'740'991;  // 2^53 - 1, as all numbers of the interfaces

void show_progress(std::int64_t shops, std::int64_t reviews) {
    std::cerr << "\r" << shops << " shops, " << reviews << " reviews " << std::flush;
}

Exit run_seed(const Options& options) {
    auto loaded = options.place.load();
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    StderrLog log(loaded->config.log);
    SeedProgress progress;
    if (stderr_is_terminal()) progress = show_progress;
    const WallTime before = wall_now();
    const auto report = seed_stores(loaded->config, log, options.size, progress);
    if (progress) std::cerr << "\r\x1b[K" << std::flush;
    if (!report) {
        complain(to_string(report.error()));
        return report.error().code == Code::kConflict ? Exit::kUsage : Exit::kDependency;
    }
    if (report->was_complete) {
        say("the platform of seed " + std::to_string(options.size.seed) +
            " is there already: nothing was written");
        return Exit::kOk;
    }
    const auto took = std::chrono::duration_cast<Millis>(wall_now() - before).count();
    std::cout << "seeded " << report->shops << " shops, " << report->goods << " goods and "
              << report->reviews << " reviews in " << took / 1'000 << "." << took % 1'000 / 100
              << " s" << std::endl;
    return Exit::kOk;
}

}  // namespace

void add_seed(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(
        program.app, "seed", "fill an empty platform with generated shops and reviews", options,
        run_seed
    );
    options->place.add_to(*command);
    command->add_option("--shops", options->size.shops, "number of shops")
        ->check(CLI::Range(std::int64_t{1}, seed::kShopsMax))
        ->capture_default_str();
    command->add_option("--reviews", options->size.reviews, "number of reviews")
        ->check(CLI::Range(std::int64_t{0}, seed::kReviewsMax))
        ->capture_default_str();
    command->add_option("--seed", options->size.seed, "the same numbers give the same platform")
        ->check(CLI::Range(std::uint64_t{0}, kSeedMax))
        ->capture_default_str();
}

}  // namespace sluice::cli
