#pragma once
// One event, one line, key=value. debug = expected, info = a change of state, warn = degraded, error = a person looks.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
using LogField = std::pair<std::string_view, std::string>;

class Log {
public:
    virtual ~Log() = default;
    // Thread-safe. `component` names the use case or adapter.
    virtual void write(
        LogLevel level, std::string_view component, std::string_view message, std::initializer_list<LogField> fields
    ) = 0;

    void debug(std::string_view c, std::string_view m, std::initializer_list<LogField> f = {}) {
        write(LogLevel::kDebug, c, m, f);
    }
    void info(std::string_view c, std::string_view m, std::initializer_list<LogField> f = {}) {
        write(LogLevel::kInfo, c, m, f);
    }
    void warn(std::string_view c, std::string_view m, std::initializer_list<LogField> f = {}) {
        write(LogLevel::kWarn, c, m, f);
    }
    void error(std::string_view c, std::string_view m, std::initializer_list<LogField> f = {}) {
        write(LogLevel::kError, c, m, f);
    }
};

}  // namespace sluice
