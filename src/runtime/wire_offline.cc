#include <filesystem>

#include "adapters/http/credentials.h"
#include "adapters/sqlite/evidence.h"
#include "adapters/sqlite/store.h"
#include "adapters/system/system_clock.h"
#include "async/lane.h"
#include "runtime/auditor.h"
#include "runtime/data_dir.h"
#include "runtime/offline.h"
#include "runtime/wire_stack.h"

namespace sluice {

Result<Done> migrate_store(const Config& config, Log& log) {
    if (config.is_stack()) return migrate_stack(config, log);
    auto owned = DataDir::own(config.data_dir);
    if (!owned) return owned.error();
    ThreadLane writer("migrate-write");
    ThreadLane reader("migrate-read");
    StoreOptions options;
    options.path = store_path(config.data_dir);
    auto store = Store::open(options, writer, reader, log);
    if (!store) return store.error();
    return Done{};
}

std::unique_ptr<audit::Evidence> open_evidence(const Config& config) {
    if (config.is_stack()) return open_stack_evidence(config);
    return std::make_unique<SqliteEvidence>(store_path(config.data_dir));
}

std::optional<std::uint64_t> orders_underway(const Config& config, std::uint32_t sale) {
    if (config.is_stack()) return orders_held(config, sale);
    std::uint64_t queued = 0;
    const auto count = [&](const audit::QueuedFacts& order) {
        queued += order.sale == sale ? 1 : 0;
    };
    if (!open_evidence(config)->queued_orders(count)) return std::nullopt;
    return queued;
}

Result<audit::AuditReport> audit_stores(
    const Config& config, const std::optional<std::string>& journal_path
) {
    if (config.is_stack()) return audit_stack(config, journal_path);
    if (!std::filesystem::exists(store_path(config.data_dir))) {
        return fail(
            Code::kUnavailable,
            "there is no database in " + config.data_dir + "; name it with --data-dir"
        );
    }
    auto journal = read_journal_file(journal_path);
    if (!journal.ok()) return journal.error();
    const auto evidence = open_evidence(config);
    audit::AuditInput input{*evidence, std::nullopt, false, *std::move(journal)};
    return audit::run_audit(std::move(input));
}

Result<Done> refuse_cancels(const Config& config, std::uint32_t sale, bool refuse) {
    if (config.is_stack()) return refuse_cancels_of_stack(config, sale, refuse);
    const std::string number = std::to_string(sale);
    const std::string make =
        "CREATE TRIGGER IF NOT EXISTS refuse_" + number +
        " BEFORE UPDATE OF state ON orders WHEN NEW.state = 'cancelled' AND NEW.sale_id = " +
        number + " BEGIN SELECT RAISE(ABORT, 'cancel refused by a drill'); END";
    auto opened = Connection::open(store_path(config.data_dir), "", Connection::Access::kReadWrite);
    if (!opened.ok()) return opened.error();
    try {
        (*opened)->execute(refuse ? make : "DROP TRIGGER IF EXISTS refuse_" + number);
        return Done{};
    } catch (const SqliteError& failure) {
        return fail(Code::kUnavailable, failure.what());
    }
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
