#pragma once
// The witness put together with what it looks at: a journal from a file, gates and stores from
// whoever opened them.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/lane.h"
#include "async/task.h"
#include "audit/audit.h"
#include "base/result.h"

namespace sluice {

using AuditResult = Result<audit::AuditReport>;
using Journal = std::optional<std::vector<audit::JournalLine>>;

// nullopt for no path. Errors: kInvalidField when it cannot be read.
Result<Journal> read_journal_file(const std::optional<std::string>& path);

// An audit takes as long as the stores are large: it runs on a lane of its own, so that it delays
// nobody.
Task<AuditResult> audit_on(Lane& lane, std::function<AuditResult()> audit);

}  // namespace sluice
