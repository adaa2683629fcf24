#pragma once
// What `sluice stack` remembers between its calls, in its directory: `state` (which server runs
// where, one line each) and `secrets/` (passwords, generated once). Both are for the owner's eyes
// only.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "stack/process.h"

namespace sluice::cli {

struct StackServer {
    // The one that clients use first. Kept for the next start, so that a configuration stays true.
    std::vector<std::uint16_t> ports;
    std::vector<stack::ProcessId> processes;  // the server itself first; empty: stopped
};

class StackState {
public:
    // Creates the directory (0700) when missing. Errors: kUnavailable; kInvalidField when the file
    // is malformed.
    static Result<StackState> load(const std::string& directory);

    const std::string& directory() const { return directory_; }
    std::map<std::string, StackServer> servers;  // "redis", "rabbitmq", "mariadb"
    Result<Done> save() const;

    // The secret of this name, generated at the first call; its file begins with `prefix`.
    Result<std::string> secret(const std::string& name, const std::string& prefix = "") const;
    std::string secret_path(const std::string& name) const;

private:
    explicit StackState(std::string directory) : directory_(std::move(directory)) {}
    std::string directory_;  // absolute
};

}  // namespace sluice::cli
