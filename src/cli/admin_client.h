#pragma once
// Talks to the admin listener of the server that owns a data directory. Blocking: a command has
// nothing else to do.

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "runtime/data_dir.h"

namespace sluice::cli {

class AdminClient {
public:
    explicit AdminClient(AdminFile owner) : owner_(std::move(owner)) {}

    // The owner of the directory. Errors: kUnavailable, saying what to do.
    static Result<AdminClient> find(const std::string& data_dir);

    // The JSON of a successful answer. Errors: the problem's code and detail; kUnavailable when no
    // answer came.
    Result<boost::json::value> call(
        const std::string& method, const std::string& path, const boost::json::value& body = nullptr
    ) const;
    const AdminFile& owner() const { return owner_; }

private:
    Result<std::string> exchange(const std::string& request) const;

    AdminFile owner_;
};

// Tells of the error on stderr and maps it: what the server refuses is usage, what does not answer
// is a dependency.
Exit report(const Error& error);

// The client of the server that `place` means; otherwise tells why not, and sets `exit`.
std::optional<AdminClient> connect(const Place& place, Exit& exit);

// One path segment, percent-encoded.
std::string path_segment(const std::string& text);

}  // namespace sluice::cli
