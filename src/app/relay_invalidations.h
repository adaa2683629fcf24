#pragma once
// Carries the invalidation outbox to the caches: every named page is asked to be forgotten, again and again, until the
// cache says that it is; only then its rows go. A crash in between asks once more, which is harmless. Of several workers
// one does it (Duty::kRelay); two at once do double work and no harm.
//
// While the cache does not answer, rows stay and a round ends after kRelayFailuresMax failures, so that a dead cache
// costs little and a few pages that cannot be forgotten do not stop the others.

#include "ports/invalidation_outbox.h"
#include "ports/log.h"
#include "ports/meter.h"
#include "ports/page_cache.h"

namespace sluice {

inline constexpr std::size_t kRelayRowsMax = 256;  // of one round: one read, one delete
inline constexpr std::size_t kRelayFailuresMax = 8;

class RelayInvalidations {
public:
    RelayInvalidations(InvalidationOutbox& outbox, PageCache& cache, Meter& meter, Log& log)
        : outbox_(outbox), cache_(cache), meter_(meter), log_(log) {}

    // One round, oldest rows first. True: there was a whole batch and it is done, so there may be more.
    Task<Result<bool>> round(Deadline deadline);

private:
    struct Relayed {
        std::vector<std::int64_t> ids;  // of pages that are forgotten
        std::size_t failures = 0;
    };
    Task<Relayed> relay(std::vector<Invalidation> rows, Deadline deadline);

    InvalidationOutbox& outbox_;
    PageCache& cache_;
    Meter& meter_;
    Log& log_;
    bool failing_ = false;  // logged at the change only
};

}  // namespace sluice
