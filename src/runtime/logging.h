#pragma once
// The Log port on spdlog, to stderr: one line an event; for people on a terminal, else JSON with
// ts, level, msg, component and the event's fields. Thread-safe; never throws; a line that cannot
// be written is lost.

#include <memory>
#include <string>

#include "ports/log.h"
#include "runtime/config.h"

namespace sluice {

class StderrLog final : public Log {
public:
    explicit StderrLog(const LogConfig& config);
    ~StderrLog() override;

    void write(
        LogLevel level, std::string_view component, std::string_view message,
        std::initializer_list<LogField> fields
    ) override;
    void set_level(LogLevel level);  // thread-safe

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The members of one event's JSON line, all but `ts`, without braces.
std::string json_log_members(
    LogLevel level, std::string_view component, std::string_view message,
    std::initializer_list<LogField> fields
);
std::string_view to_string(LogLevel level);

}  // namespace sluice
