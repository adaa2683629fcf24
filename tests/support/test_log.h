#pragma once
// TestLog: keeps every line of the log as text, for tests that ask whether something was said.
// Thread-safe.

#include <mutex>
#include <string>
#include <vector>

#include "ports/log.h"

namespace sluice {

struct LogLine {
    LogLevel level = LogLevel::kDebug;
    std::string text;  // "component: message key=value key=value"
};

class TestLog final : public Log {
public:
    void write(
        LogLevel level, std::string_view component, std::string_view message,
        std::initializer_list<LogField> fields
    ) override {
        std::string text(component);
        text.append(": ").append(message);
        for (const auto& [key, value] : fields)
            text.append(" ").append(key).append("=").append(value);
        const std::lock_guard lock(mutex_);
        lines_.push_back({level, std::move(text)});
    }

    std::vector<LogLine> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    // True when a line of at least this level contains the text.
    bool contains(std::string_view text, LogLevel at_least = LogLevel::kDebug) const {
        const std::lock_guard lock(mutex_);
        for (const auto& line : lines_) {
            if (line.level >= at_least && line.text.find(text) != std::string::npos) return true;
        }
        return false;
    }
    std::size_t count(LogLevel level) const {
        const std::lock_guard lock(mutex_);
        std::size_t found = 0;
        for (const auto& line : lines_) found += line.level == level ? 1 : 0;
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<LogLine> lines_;  // guarded by mutex_
};

}  // namespace sluice
