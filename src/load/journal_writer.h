#pragma once
// Appends a client's answers to its journal (audit/journal.h). Lines leave the process in blocks;
// sync() makes what was appended so far durable, and `lines_per_sync` does so by itself. A journal
// that cannot be written is a failure of the witness: ok() turns false for ever.

#include <cstdint>
#include <string>

#include "audit/journal.h"
#include "base/result.h"

namespace sluice::load {

class JournalWriter {
public:
    // lines_per_sync 0: only when asked.
    static Result<JournalWriter> open(const std::string& path, std::uint64_t lines_per_sync);
    ~JournalWriter();
    JournalWriter(JournalWriter&& other) noexcept;
    JournalWriter& operator=(JournalWriter&&) = delete;

    void append(const audit::JournalLine& line);
    bool flush();
    bool sync();
    bool ok() const { return ok_; }
    std::uint64_t lines() const { return lines_; }
    const std::string& path() const { return path_; }

private:
    JournalWriter(std::string path, int file, std::uint64_t lines_per_sync)
        : path_(std::move(path)), file_(file), lines_per_sync_(lines_per_sync) {}

    std::string path_;
    int file_ = -1;  // -1 iff moved from
    std::uint64_t lines_per_sync_ = 0;
    std::uint64_t lines_ = 0;
    std::string buffer_;
    bool ok_ = true;
};

}  // namespace sluice::load
