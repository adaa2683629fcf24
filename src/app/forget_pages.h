#pragma once
// Right after a change: asks the caches to forget the pages it made wrong, so that whoever made it sees it at once. Best
// effort and bounded: what is lost here is in the invalidation outbox (app/relay_invalidations.h), which is the promise.

#include <string>
#include <vector>

#include "app/ports.h"

namespace sluice {

inline constexpr Millis kForgetTime{50};

Task<void> forget_pages(const Ports& ports, std::vector<std::string> pages);

// Whether a change that ended so may have happened: then its pages are to be forgotten.
template <class T>
bool may_have_changed(const Result<T>& result) {
    return result.ok() || is_unknown(result.error());
}

}  // namespace sluice
