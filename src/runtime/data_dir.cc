#include "runtime/data_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "runtime/private_file.h"

namespace sluice {
namespace {

std::string lock_path(const std::string& dir) { return dir + "/lock"; }
std::string admin_path(const std::string& dir) { return dir + "/admin.json"; }

Error system_error(const std::string& what) {
    return fail(Code::kUnavailable, what + ": " + std::strerror(errno));
}

// The file is written by this program only, so a value ends at the next quote: URLs and hex tokens
// hold none.
std::optional<std::string> text_member(const std::string& json, const std::string& name) {
    const std::string opening = "\"" + name + "\":\"";
    const std::size_t at = json.find(opening);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t begin = at + opening.size();
    const std::size_t end = json.find('"', begin);
    if (end == std::string::npos) return std::nullopt;
    return json.substr(begin, end - begin);
}

std::int64_t number_member(const std::string& json, const std::string& name) {
    const std::string opening = "\"" + name + "\":";
    const std::size_t at = json.find(opening);
    std::int64_t value = 0;
    if (at == std::string::npos) return value;
    const char* begin = json.data() + at + opening.size();
    std::from_chars(begin, json.data() + json.size(), value);
    return value;
}

}  // namespace

Result<DataDir> DataDir::own(const std::string& path) {
    std::error_code failed;
    const bool made = std::filesystem::create_directories(path, failed);
    if (failed) return fail(Code::kUnavailable, "cannot create " + path + ": " + failed.message());
    if (made) std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    const int lock = ::open(lock_path(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return system_error("cannot open " + lock_path(path));
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        const bool taken = errno == EWOULDBLOCK;
        const Error error = system_error("cannot lock " + lock_path(path));
        ::close(lock);
        if (!taken) return error;
        return fail(
            Code::kConflict,
            path + " is owned by another running sluice; stop it or use another --data-dir"
        );
    }
    ::unlink(admin_path(path).c_str());  // left by an owner that died
    return DataDir(path, lock);
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      published_(other.published_) {}

DataDir::~DataDir() {
    if (lock_ < 0) return;
    if (published_) ::unlink(admin_path(path_).c_str());
    ::close(lock_);
}

Result<Done> DataDir::publish(const AdminFile& file) {
    const std::string text = fmt::format(
        "{{\"admin_url\":\"{}\",\"public_url\":\"{}\",\"token\":\"{}\",\"pid\":{}}}\n",
        file.admin_url, file.public_url, file.token, file.pid
    );
    auto written = write_private_file(admin_path(path_), text);
    if (written) published_ = true;
    return written;
}

std::string store_path(const std::string& data_dir) { return data_dir + "/sluice.db"; }

bool has_owner(const std::string& data_dir) {
    const int lock = ::open(lock_path(data_dir).c_str(), O_RDONLY | O_CLOEXEC);
    if (lock < 0) return false;
    const bool taken = ::flock(lock, LOCK_SH | LOCK_NB) != 0;
    ::close(lock);
    return taken;
}

std::string role_directory(const std::string& data_dir, const std::string& role) {
    return data_dir + "-" + role;
}

std::optional<std::string> owned_directory(const std::string& data_dir) {
    for (const auto& path : {data_dir, role_directory(data_dir, "api"), role_directory(data_dir, "worker")}) {
        if (has_owner(path)) return path;
    }
    return std::nullopt;
}

Result<std::optional<AdminFile>> find_owner(const std::string& data_dir) {
    const auto owned = owned_directory(data_dir);
    if (!owned) return std::optional<AdminFile>{};
    auto text = read_whole_file(admin_path(*owned));
    if (!text)
        return fail(
            Code::kUnavailable, "the owner of " + *owned + " is not ready: " + text.error().detail
        );
    auto admin = text_member(*text, "admin_url");
    auto shop = text_member(*text, "public_url");
    auto token = text_member(*text, "token");
    if (!admin || !shop || !token)
        return fail(Code::kUnavailable, admin_path(*owned) + " is malformed");
    return std::optional<AdminFile>{AdminFile{*admin, *shop, *token, number_member(*text, "pid")}};
}

}  // namespace sluice
