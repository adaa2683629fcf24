#include "runtime/logging.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <unistd.h>

#include <cstdlib>
#include <iterator>

namespace sluice {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarn:
            return spdlog::level::warn;
        case LogLevel::kError:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

bool needs_quotes(std::string_view value) {
    return value.empty() || value.find_first_of(" \"=\n\t") != std::string_view::npos;
}

std::string human_line(
    std::string_view component, std::string_view message, std::initializer_list<LogField> fields
) {
    std::string out = fmt::format("{:<10} {}", component, message);
    for (const auto& [name, value] : fields) {
        fmt::format_to(std::back_inserter(out), " {}=", name);
        if (needs_quotes(value)) {
            append_json_text(out, value);
        } else {
            out += value;
        }
    }
    return out;
}

}  // namespace

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return "debug";
        case LogLevel::kInfo:
            return "info";
        case LogLevel::kWarn:
            return "warn";
        case LogLevel::kError:
            return "error";
    }
    return "error";
}

std::string json_log_members(
    LogLevel level, std::string_view component, std::string_view message,
    std::initializer_list<LogField> fields
) {
    std::string out = fmt::format("\"level\":\"{}\",\"msg\":", to_string(level));
    append_json_text(out, message);
    out += ",\"component\":";
    append_json_text(out, component);
    for (const auto& [name, value] : fields) {
        out += ',';
        append_json_text(out, name);
        out += ':';
        append_json_text(out, value);
    }
    return out;
}

struct StderrLog::State {
    explicit State(bool json_lines)
        : json(json_lines),
          sink(std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>()),
          logger("sluice", sink) {}

    const bool json;
    const std::shared_ptr<spdlog::sinks::ansicolor_stderr_sink_mt> sink;  // shared with the logger
    spdlog::logger logger;
};

StderrLog::StderrLog(const LogConfig& config) {
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    const bool json =
        config.format == LogFormat::kJson || (config.format == LogFormat::kAuto && !terminal);
    state_ = std::make_unique<State>(json);
    const bool colours = !json && terminal && std::getenv("NO_COLOR") == nullptr;
    state_->sink->set_color_mode(colours ? spdlog::color_mode::always : spdlog::color_mode::never);
    const std::string pattern =
        json ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ",%v})" : "%H:%M:%S.%e %^%-7l%$ %v";
    const auto zone = json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local;
    state_->logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, zone));
    state_->logger.set_error_handler([](const std::string&) {}
    );  // a lost line must not become another failure
    set_level(config.level);
}

StderrLog::~StderrLog() = default;

void StderrLog::write(
    LogLevel level, std::string_view component, std::string_view message,
    std::initializer_list<LogField> fields
) {
    const auto rank = spdlog_level(level);
    if (!state_->logger.should_log(rank)) return;
    const std::string line = state_->json ? json_log_members(level, component, message, fields)
                                          : human_line(component, message, fields);
    state_->logger.log(rank, spdlog::string_view_t(line.data(), line.size()));
}

void StderrLog::set_level(LogLevel level) { state_->logger.set_level(spdlog_level(level)); }

}  // namespace sluice
