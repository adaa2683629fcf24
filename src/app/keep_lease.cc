#include "app/keep_lease.h"

#include <algorithm>
#include <utility>

namespace sluice {

Task<Result<Done>> KeepLease::renew() {
    const Instant began = ports_.clock.now();
    const WallTime wall = ports_.clock.wall();
    auto catalogue = co_await ports_.ledger.read_catalogue(ports_.clock.in(interval_ * 3));
    if (!catalogue.ok()) {
        if (!failing_) ports_.log.warn("lease", "the catalogue cannot be read", {{"error", to_string(catalogue.error())}});
        failing_ = true;
        co_return catalogue.error();
    }
    if (failing_) ports_.log.info("lease", "the catalogue is read again", {});
    failing_ = false;
    interval_ = std::max(catalogue->lease / 3, Millis{10});
    lease_.renew(std::move(*catalogue), began, wall);
    co_return Done{};
}

}  // namespace sluice
