// filter_bench [ids…]: what the existence filter costs, for 1,000,000 and 10,000,000 ids unless
// others are given.
//
//   bits/id      of the base alone
//   built in     sorted ids to base, one thread (of the lane)
//   hit, miss    may_exist() of the whole filter for random known and random absent ids, one
//   thread: the ids are drawn
//                beforehand, and every answer is used
//   bare         contains() of the base alone, for random known ids: what the protection of readers
//   costs is the difference 2 readers    the same hit with two threads at once, per thread false
//   share of absent ids that are affirmed
//
// Medians of 5 rounds. The machine's name is printed, because nothing here travels well.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "async/lane.h"
#include "base/prng.h"
#include "cache/binary_fuse.h"
#include "cache/existence_filter.h"

namespace sluice::cache {
namespace {

constexpr std::size_t kLookups = 2'000'000;
constexpr int kRounds = 5;
constexpr std::uint64_t kStep = 3;  // known ids are multiples of this; absent ones lie between them

double now_ns() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

class EveryThird final : public IdSource {
public:
    explicit EveryThird(std::uint64_t count) : last_(count * kStep) {}
    Task<Result<std::uint64_t>> handed_out() override { co_return last_; }
    Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max) override {
        std::vector<std::uint64_t> page;
        for (std::uint64_t id = after / kStep * kStep + kStep; id <= last_ && page.size() < max;
             id += kStep) {
            page.push_back(id);
        }
        co_return page;
    }

private:
    std::uint64_t last_;
};

std::vector<std::uint64_t> random_ids(std::uint64_t count, std::uint64_t offset) {
    Prng random(offset + 1);
    std::vector<std::uint64_t> ids(kLookups);
    for (auto& id : ids) id = (1 + random.below(count)) * kStep - offset;
    return ids;
}

volatile std::size_t sink;

// Nanoseconds a lookup, and how many were affirmed.
template <class Contains>
std::pair<double, std::size_t> measure(
    const std::vector<std::uint64_t>& ids, const Contains& contains
) {
    std::vector<double> rounds;
    std::size_t affirmed = 0;
    for (int round = 0; round < kRounds; ++round) {
        affirmed = 0;
        const double start = now_ns();
        for (const std::uint64_t id : ids) affirmed += contains(id);
        rounds.push_back((now_ns() - start) / static_cast<double>(ids.size()));
        sink = affirmed;
    }
    std::sort(rounds.begin(), rounds.end());
    return {rounds[kRounds / 2], affirmed};
}

void run(std::uint64_t count) {
    std::vector<std::uint64_t> ids(count);
    for (std::uint64_t i = 0; i < count; ++i) ids[i] = (i + 1) * kStep;
    const double start = now_ns();
    const auto base = BinaryFuse8::build(std::move(ids), 42);
    const double built_s = (now_ns() - start) / 1e9;
    if (!base) std::exit(1);

    ExistenceOptions options;
    options.late_commit_max = Millis(0);
    ExistenceFilter filter(options, [] { return Instant{}; });
    EveryThird table(count);
    boost::asio::io_context context;
    ThreadLane lane("filter-bench");
    const auto task = [&]() -> Task<void> {
        const auto rebuilt = co_await filter.rebuild(table, lane);
        if (!rebuilt) std::exit(1);
    };
    auto done = boost::asio::co_spawn(context, task(), boost::asio::use_future);
    context.run();
    done.get();

    const auto known = random_ids(count, 0);
    const auto absent = random_ids(count, 1);
    const auto ask = [&filter](std::uint64_t id) { return filter.may_exist(id); };
    const auto hit = measure(known, ask);
    const auto miss = measure(absent, ask);
    const auto bare = measure(known, [&base](std::uint64_t id) { return base->contains(id); });
    double other_ns = 0;
    std::thread other([&] { other_ns = measure(known, ask).first; });
    const double this_ns = measure(known, ask).first;
    other.join();
    if (hit.second != known.size()) std::exit(1);
    std::printf(
        "%9llu ids: %.2f bits/id, built in %.2f s (%.0f ns/id); hit %.1f ns, miss %.1f ns, bare "
        "%.1f ns, 2 readers "
        "%.1f ns; false %.3f %%\n",
        static_cast<unsigned long long>(count),
        8.0 * static_cast<double>(base->bytes()) / static_cast<double>(count), built_s,
        built_s * 1e9 / static_cast<double>(count), hit.first, miss.first, bare.first,
        std::max(this_ns, other_ns),
        100.0 * static_cast<double>(miss.second) / static_cast<double>(absent.size())
    );
}

std::string machine() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
    }
    return "unknown processor";
}

}  // namespace
}  // namespace sluice::cache

int main(int argc, char** argv) {
    std::printf(
        "%s, %u threads\n", sluice::cache::machine().c_str(), std::thread::hardware_concurrency()
    );
    std::vector<std::uint64_t> counts{1'000'000, 10'000'000};
    if (argc > 1) counts.clear();
    for (int i = 1; i < argc; ++i) counts.push_back(std::strtoull(argv[i], nullptr, 10));
    for (const std::uint64_t count : counts) sluice::cache::run(count);
    return 0;
}
