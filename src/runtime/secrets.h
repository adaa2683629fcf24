#pragma once
// The secrets of an installation: those of the configuration, and for each one missing there a
// random one, generated once into <data_dir>/secrets/ (mode 0600). Two processes that start at once
// agree: a file appears whole, and the first wins.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/config.h"

namespace sluice {

struct Secrets {
    std::map<std::uint32_t, std::string> order_ids;  // at least one
    std::string token;
    std::vector<std::string> payment;  // at least one; the first signs
    std::string admin_token;
};

// The directory must exist. Errors: kUnavailable with the system's reason; kConflict when a file is
// readable by others.
Result<Secrets> load_secrets(const std::string& data_dir, const SecretsConfig& configured);

}  // namespace sluice
