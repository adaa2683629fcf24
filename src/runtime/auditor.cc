#include "runtime/auditor.h"

#include <memory>
#include <utility>

#include "adapters/sqlite/evidence.h"
#include "async/suspend.h"
#include "audit/journal.h"

namespace sluice {
namespace {

using Report = Result<audit::AuditReport>;

Report judge(
    const std::string& store_path, std::vector<audit::GateFacts> gates, const std::optional<std::string>& journal_path
) {
    std::optional<std::vector<audit::JournalLine>> journal;
    if (journal_path) {
        std::string error;
        journal = audit::read_journal(*journal_path, error);
        if (!journal) return fail(Code::kInvalidField, "journal: " + error);
    }
    SqliteEvidence stores(store_path);
    audit::AuditInput input{stores, std::move(gates), false, std::move(journal)};
    return audit::run_audit(std::move(input));
}

}  // namespace

Task<Report> Auditor::run(std::optional<std::string> journal) {
    auto gates = co_await gate_.facts();
    auto start = [this, gates = std::move(gates), journal = std::move(journal)](Resume<Report> resume) mutable {
        // std::function copies what it holds, and a Resume cannot be copied.
        auto waiting = std::make_shared<Resume<Report>>(std::move(resume));
        lane_.post([this, waiting, gates = std::move(gates), journal = std::move(journal)] {
            (*waiting)(judge(store_path_, gates, journal));
        });
    };
    co_return co_await suspend<Report>(std::move(start));
}

}  // namespace sluice
