#include "app/change_ledger.h"

#include <utility>
#include <variant>

namespace sluice {
namespace {

enum class Step : std::uint8_t { kDone, kConflict };
struct Tried {
    Step step = Step::kDone;
    ChangeOutcome outcome;
};

Task<Result<Tried>> try_once(
    Ledger& ledger, const SnapshotQuery& query, const Planner& plan, Deadline deadline
) {
    auto snapshot = co_await ledger.snapshot(query, deadline);
    if (!snapshot.ok()) co_return snapshot.error();
    auto change = plan(*snapshot);
    if (!change) co_return Tried{};
    auto applied = co_await ledger.apply(std::move(*change), deadline);
    if (!applied.ok()) co_return applied.error();
    Tried tried;
    if (std::holds_alternative<Conflict>(*applied)) {
        tried.step = Step::kConflict;
    } else if (std::holds_alternative<EpochSealed>(*applied)) {
        tried.outcome.sealed = true;
    } else {
        tried.outcome.truth = std::get<LedgerTruth>(std::move(*applied));
    }
    co_return tried;
}

}  // namespace

Task<Result<ChangeOutcome>> change_ledger(
    Ledger& ledger, Meter& meter, SnapshotQuery query, Planner plan, Deadline deadline
) {
    int retries = 0;
    for (int replans = 0; replans < kReplansMax;) {
        auto tried = co_await try_once(ledger, query, plan, deadline);
        if (tried.ok()) {
            if (tried->step == Step::kDone) co_return std::move(tried->outcome);
            meter.count(Count::kVersionConflicts, 1);
            ++replans;
            continue;
        }
        const Error error = tried.error();
        if (classify(error) != FailureClass::kTransient || retries == kImmediateRetriesMax) {
            co_return error;
        }
        ++retries;
        meter.count(is_unknown(error) ? Count::kRetryUnknown : Count::kRetryTransient, 1);
    }
    co_return fail(Code::kTransient, "too many version conflicts in a row");
}

}  // namespace sluice
