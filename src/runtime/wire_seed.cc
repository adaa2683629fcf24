#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <optional>

#include "adapters/sqlite/platform_import.h"
#include "adapters/system/system_clock.h"
#include "async/lane.h"
#include "runtime/data_dir.h"
#include "runtime/seed_stores.h"
#include "runtime/wire_stack.h"

namespace sluice {
namespace {

// A Result has no value of its own to begin with, so a future cannot hold it.
Task<void> keep(Task<Result<SeedReport>> work, std::optional<Result<SeedReport>>& report) {
    report.emplace(co_await std::move(work));
}

Result<SeedReport> run_import(PlatformImport& into, const seed::Size& size, SeedProgress progress) {
    boost::asio::io_context context{1};
    std::optional<Result<SeedReport>> report;
    auto done = boost::asio::co_spawn(
        context, keep(import_seed(into, size, std::move(progress)), report), boost::asio::use_future
    );
    context.run();
    done.get();
    return *std::move(report);
}

}  // namespace

Result<SeedReport> seed_stores(
    const Config& config, Log& log, seed::Size size, SeedProgress progress
) {
    if (config.is_stack()) {
        return with_stack_import(config, log, [&](PlatformImport& into) {
            return run_import(into, size, progress);
        });
    }
    auto owned = DataDir::own(config.data_dir);
    if (!owned.ok()) return owned.error();
    ThreadLane writer("seed-write");
    ThreadLane reader("seed-read");
    StoreOptions options;
    options.path = store_path(config.data_dir);
    auto store = Store::open(options, writer, reader, log);
    if (!store.ok()) return store.error();
    const SystemClock clock;
    SqlitePlatformImport into(**store, clock);
    return run_import(into, size, std::move(progress));
}

}  // namespace sluice
