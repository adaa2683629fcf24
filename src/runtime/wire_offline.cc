#include "adapters/http/credentials.h"
#include "adapters/sqlite/evidence.h"
#include "adapters/sqlite/store.h"
#include "adapters/system/system_clock.h"
#include "async/lane.h"
#include "runtime/data_dir.h"
#include "runtime/offline.h"

namespace sluice {

Result<Done> migrate_store(const std::string& data_dir, Log& log) {
    auto owned = DataDir::own(data_dir);
    if (!owned) return owned.error();
    ThreadLane writer("migrate-write");
    ThreadLane reader("migrate-read");
    StoreOptions options;
    options.path = store_path(data_dir);
    auto store = Store::open(options, writer, reader, log);
    if (!store) return store.error();
    return Done{};
}

std::unique_ptr<audit::Evidence> open_evidence(const std::string& data_dir) {
    return std::make_unique<SqliteEvidence>(store_path(data_dir));
}

std::function<std::string(const std::string&)> token_issuer(
    const Secrets& secrets, WallTime expires
) {
    // std::function copies what it holds; the authority itself cannot be copied.
    auto authority =
        std::make_shared<http::TokenAuthority>(std::vector<std::string>{secrets.token});
    return [authority, expires](const std::string& buyer) {
        return authority->issue(BuyerId{buyer}, expires);
    };
}

WallTime wall_now() { return SystemClock{}.wall(); }

}  // namespace sluice
