#pragma once
// What `sluice doctor` and the start-up ask a ledger server: whether it can be reached, keeps what
// it confirms, is a primary, and has this program's schema and about our time. Blocking.

#include <string>
#include <vector>

#include "adapters/mariadb/endpoint.h"
#include "ports/clock.h"

namespace sluice {

struct MariaCheck {
    std::string name;
    bool ok = false;
    std::string detail;  // what was found
    std::string fix;     // what to do; "" when ok
};

// The first check is the connection itself; when it fails it is the only one. `clock` is ours, to
// be compared with the server's.
std::vector<MariaCheck> check_mariadb(const MariaEndpoint& endpoint, const Clock& clock);

}  // namespace sluice
