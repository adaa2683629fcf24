#pragma once
// The data directory of an embedded server. One process owns it for life through flock on `lock`
// (released by the kernel however the process ends). The owner tells other commands where it
// answers in admin.json (mode 0600: it holds the admin token). Nothing here is on the request path.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace sluice {

struct AdminFile {          // admin.json
    std::string admin_url;  // "http://127.0.0.1:8081"
    std::string public_url;
    std::string token;
    std::int64_t pid = 0;
    friend bool operator==(const AdminFile&, const AdminFile&) = default;
};

class DataDir {
public:
    // Creates the directory (0700) when missing and takes the lock. Errors: kConflict when another
    // process owns it; kUnavailable with the system's reason.
    static Result<DataDir> own(const std::string& path);
    ~DataDir();  // takes admin.json back and releases the lock
    DataDir(DataDir&& other) noexcept;
    DataDir& operator=(DataDir&& other) = delete;

    const std::string& path() const { return path_; }
    // Written whole or not at all.
    Result<Done> publish(const AdminFile& file);

private:
    DataDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::string path_;
    int lock_ = -1;  // -1 iff moved from
    bool published_ = false;
};

// The database of ledger and queue.
std::string store_path(const std::string& data_dir);
// True when some process holds the lock.
bool has_owner(const std::string& data_dir);
// The directory itself, or that of an api or worker process beside it (role_directory), whichever has an owner.
std::optional<std::string> owned_directory(const std::string& data_dir);
// Of a process with a role of its own ("api", "worker"), so that both run from one configuration.
std::string role_directory(const std::string& data_dir, const std::string& role);
// The owner of owned_directory(). nullopt: no owner is running. Errors: kUnavailable when there is one whose file cannot be read.
Result<std::optional<AdminFile>> find_owner(const std::string& data_dir);

}  // namespace sluice
