#include "runtime/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

constexpr std::size_t kFileBytesMax = 1U << 20U;

Error system_error(const std::string& path) {
    return fail(Code::kUnavailable, path + ": " + std::strerror(errno));
}

bool write_all(int file, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t n = ::write(file, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        done += static_cast<std::size_t>(n);
    }
    return ::fsync(file) == 0;
}

// A complete file beside `path`, under a name of this process.
Result<std::string> write_beside(const std::string& path, const std::string& text) {
    const std::string draft = path + "." + std::to_string(::getpid()) + ".new";
    const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return system_error(draft);
    const bool written = write_all(file, text);
    const Error error = system_error(draft);
    ::close(file);
    if (!written) {
        ::unlink(draft.c_str());
        return error;
    }
    return draft;
}

}  // namespace

Result<std::string> read_whole_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return system_error(path);
    std::string text;
    std::array<char, 4096> part{};
    ssize_t n = 0;
    while (text.size() <= kFileBytesMax) {
        n = ::read(file, part.data(), part.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(n));
    }
    const Error error = system_error(path);
    ::close(file);
    if (n < 0) return error;
    if (text.size() > kFileBytesMax) return fail(Code::kBodyTooLarge, path + " is too large");
    return text;
}

Result<Done> write_private_file(const std::string& path, const std::string& text) {
    auto draft = write_beside(path, text);
    if (!draft) return draft.error();
    if (::rename(draft->c_str(), path.c_str()) == 0) return Done{};
    const Error error = system_error(path);
    ::unlink(draft->c_str());
    return error;
}

Result<std::string> read_or_create_private_file(const std::string& path, const std::string& text) {
    auto draft = write_beside(path, text);
    if (!draft) return draft.error();
    const bool linked = ::link(draft->c_str(), path.c_str()) == 0;  // fails when somebody was first
    const bool existed = !linked && errno == EEXIST;
    const Error error = system_error(path);
    ::unlink(draft->c_str());
    if (!linked && !existed) return error;
    return read_whole_file(path);
}

}  // namespace sluice
