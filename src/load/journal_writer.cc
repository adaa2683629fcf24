#include "load/journal_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::load {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;

}  // namespace

Result<JournalWriter> JournalWriter::open(const std::string& path, std::uint64_t lines_per_sync) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return fail(Code::kUnavailable, path + ": " + std::strerror(errno));
    return JournalWriter(path, file, lines_per_sync);
}

JournalWriter::JournalWriter(JournalWriter&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      lines_per_sync_(other.lines_per_sync_),
      lines_(other.lines_),
      buffer_(std::move(other.buffer_)),
      ok_(other.ok_) {}

JournalWriter::~JournalWriter() {
    if (file_ < 0) return;
    flush();
    ::close(file_);
}

void JournalWriter::append(const audit::JournalLine& line) {
    buffer_ += audit::to_json_line(line);
    if (buffer_.back() != '\n') buffer_ += '\n';
    ++lines_;
    if (lines_per_sync_ != 0 && lines_ % lines_per_sync_ == 0) {
        sync();
    } else if (buffer_.size() >= kBlockBytes) {
        flush();
    }
}

bool JournalWriter::flush() {
    std::size_t done = 0;
    while (ok_ && done < buffer_.size()) {
        const ssize_t n = ::write(file_, buffer_.data() + done, buffer_.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            ok_ = false;
        } else {
            done += static_cast<std::size_t>(n);
        }
    }
    buffer_.clear();
    return ok_;
}

bool JournalWriter::sync() {
    if (flush() && ::fdatasync(file_) != 0) ok_ = false;
    return ok_;
}

}  // namespace sluice::load
