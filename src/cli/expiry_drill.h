#pragma once
// The story of an expiry that fails, played on a running server (`sluice demo --expiry-fails`): the
// ledger refuses every cancel of one sale by a trigger; the orders go through immediate retries and
// the tiers to the dead-letter desk; then the trigger goes, and they are redriven.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "cli/admin_client.h"
#include "runtime/config.h"

namespace sluice::cli {

class ExpiryDrill {
public:
    ExpiryDrill(const AdminClient& admin, const Config& config, std::uint32_t sale)
        : admin_(admin), config_(config), sale_(sale) {}
    ~ExpiryDrill();  // the ledger is left as it was
    ExpiryDrill(const ExpiryDrill&) = delete;
    ExpiryDrill& operator=(const ExpiryDrill&) = delete;

    // From now on nothing of the sale can be cancelled. Errors: kUnavailable.
    Result<Done> begin();
    // How many orders, expired or cancelled by their buyers, wait at the desk after their last
    // attempt.
    Result<std::size_t> buried() const;
    // Lets the ledger cancel again and redrives everything at the desk; how many.
    Result<std::size_t> mend();

private:
    const AdminClient& admin_;
    const Config& config_;
    const std::uint32_t sale_;
    bool begun_ = false;
};

}  // namespace sluice::cli
