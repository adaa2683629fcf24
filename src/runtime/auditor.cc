#include "runtime/auditor.h"

#include <memory>
#include <utility>

#include "async/suspend.h"
#include "audit/journal.h"

namespace sluice {

Result<Journal> read_journal_file(const std::optional<std::string>& path) {
    if (!path) return Journal{};
    std::string error;
    auto lines = audit::read_journal(*path, error);
    if (!lines) return fail(Code::kInvalidField, "journal: " + error);
    return Journal{std::move(*lines)};
}

Task<AuditResult> audit_on(Lane& lane, std::function<AuditResult()> audit) {
    auto start = [&lane, audit = std::move(audit)](Resume<AuditResult> resume) {
        // std::function copies what it holds, and a Resume cannot be copied.
        auto waiting = std::make_shared<Resume<AuditResult>>(std::move(resume));
        lane.post([waiting, audit] { (*waiting)(audit()); });
    };
    return suspend<AuditResult>(std::move(start));
}

}  // namespace sluice
