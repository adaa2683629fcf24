#include "base/time.h"

#include <string>

namespace sluice {
namespace {

// Reads exactly `digits` decimal digits at `at`; -1 when there are none.
int number_at(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

// Fraction of a second starting at text[at] == '.'; moves `at` behind it. nullopt when malformed.
std::optional<Millis> fraction_at(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '.') return Millis{0};
    std::int64_t ms = 0;
    std::int64_t scale = 100;
    const std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        ms += (text[at] - '0') * scale;
        scale /= 10;
    }
    if (at == first) return std::nullopt;
    return Millis{ms};
}

// "Z" or "+hh:mm" / "-hh:mm" up to the end of text.
std::optional<std::chrono::minutes> offset_at(std::string_view text, std::size_t at) {
    if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) return std::chrono::minutes{0};
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return std::nullopt;
    const int hours = number_at(text, at + 1, 2);
    const int minutes = number_at(text, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
    const std::chrono::minutes offset{hours * 60 + minutes};
    return text[at] == '-' ? -offset : offset;
}

// Overwrites `digits` characters. By hand and not by printf: every answer of the API shows several times.
void put_number(std::string& out, std::size_t at, std::size_t digits, std::int64_t number) {
    for (std::size_t i = at + digits; i-- > at; number /= 10) out[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string to_rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss<Millis> clock{time - day};
    std::string out = "0000-00-00T00:00:00.000Z";
    put_number(out, 0, 4, static_cast<int>(date.year()));
    put_number(out, 5, 2, static_cast<unsigned>(date.month()));
    put_number(out, 8, 2, static_cast<unsigned>(date.day()));
    put_number(out, 11, 2, clock.hours().count());
    put_number(out, 14, 2, clock.minutes().count());
    put_number(out, 17, 2, clock.seconds().count());
    put_number(out, 20, 3, clock.subseconds().count());
    return out;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') ||
        text[13] != ':' || text[16] != ':') {
        return std::nullopt;
    }
    const int year = number_at(text, 0, 4);
    const int month = number_at(text, 5, 2);
    const int day = number_at(text, 8, 2);
    const int hour = number_at(text, 11, 2);
    const int minute = number_at(text, 14, 2);
    const int second = number_at(text, 17, 2);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;
    std::size_t at = 19;
    const auto fraction = fraction_at(text, at);
    if (!fraction || at >= text.size()) return std::nullopt;
    const auto offset = offset_at(text, at);
    if (!offset) return std::nullopt;
    const std::chrono::sys_days midnight{date};
    return WallTime{midnight} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second} + *fraction - *offset;
}

}  // namespace sluice
