#include "app/expired_leases.h"

#include <algorithm>

namespace sluice {

Task<Result<Done>> ExpiredLeases::revoke_before(SaleId sale, Epoch epoch, Deadline deadline) {
    const Instant called = clock_.now();
    own_.revoke_before(sale, epoch);
    const auto known = own_.read();
    auto fresh = co_await ledger_.read_catalogue(deadline);
    if (!fresh.ok()) co_return fresh.error();
    const Millis lease = std::max(known->catalogue.lease, fresh->lease);
    const Millis margin = std::max(known->catalogue.lease_margin, fresh->lease_margin);
    Event nobody;
    co_await clock_.sleep_until(called + lease + margin, nobody);
    co_return Done{};
}

}  // namespace sluice
