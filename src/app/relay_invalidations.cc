#include "app/relay_invalidations.h"

#include <map>
#include <utility>

namespace sluice {

Task<Result<bool>> RelayInvalidations::round(Deadline deadline) {
    auto rows = co_await outbox_.read(kRelayRowsMax, deadline);
    if (!rows.ok()) co_return rows.error();
    const bool whole_batch = rows->size() == kRelayRowsMax;
    Relayed relayed = co_await relay(std::move(*rows), deadline);
    failing_ = relayed.failures > 0;
    meter_.count(Count::kInvalidations, relayed.ids.size());
    if (!relayed.ids.empty()) {
        auto removed = co_await outbox_.remove(std::move(relayed.ids), deadline);
        if (!removed.ok()) co_return removed.error();  // asked again in the next round
    }
    co_return whole_batch && relayed.failures == 0;
}

// A page that several changes name is asked for once.
Task<RelayInvalidations::Relayed> RelayInvalidations::relay(std::vector<Invalidation> rows, Deadline deadline) {
    Relayed relayed;
    std::map<std::string, bool, std::less<>> forgotten;
    for (const Invalidation& row : rows) {
        auto known = forgotten.find(row.page);
        if (known == forgotten.end()) {
            auto answer = co_await cache_.invalidate(row.page, deadline);
            known = forgotten.emplace(row.page, answer.ok()).first;
            if (!answer.ok()) {
                meter_.count(Count::kInvalidationFailures, 1);
                if (!failing_ && relayed.failures == 0) {
                    log_.warn("relay", "a cache did not forget a page: will ask again",
                                    {{"page", row.page}, {"error", to_string(answer.error())}});
                }
                if (++relayed.failures == kRelayFailuresMax) co_return relayed;
            }
        }
        if (known->second) relayed.ids.push_back(row.id);
    }
    co_return relayed;
}

}  // namespace sluice
