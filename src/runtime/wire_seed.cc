#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "adapters/sqlite/platform_import.h"
#include "adapters/system/system_clock.h"
#include "async/lane.h"
#include "runtime/data_dir.h"
#include "runtime/seed_stores.h"
#include "runtime/wire_stack.h"

namespace sluice {
namespace {

Result<SeedReport> run_import(PlatformImport& into, const seed::Size& size, SeedProgress progress) {
    boost::asio::io_context context{1};
    auto report = boost::asio::co_spawn(
        context, import_seed(into, size, std::move(progress)), boost::asio::use_future
    );
    context.run();
    return report.get();
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
