#include "app/keep_lease.h"

#include <algorithm>
#include <utility>

namespace sluice {

Task<Result<Done>> KeepLease::renew() {
    const Instant began = clock_.now();
    const WallTime wall = clock_.wall();
    auto catalogue = co_await ledger_.read_catalogue(clock_.in(interval_ * 3));
    if (!catalogue.ok()) {
        if (!failing_) log_.warn("lease", "the catalogue cannot be read", {{"error", to_string(catalogue.error())}});
        failing_ = true;
        co_return catalogue.error();
    }
    if (failing_) log_.info("lease", "the catalogue is read again", {});
    failing_ = false;
    interval_ = std::max(catalogue->lease / 3, Millis{10});
    lease_.renew(std::move(*catalogue), began, wall);
    co_return Done{};
}

}  // namespace sluice
