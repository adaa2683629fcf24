#include "audit/journal.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

#include "audit/flat_json.h"

namespace sluice::audit {

namespace {

constexpr std::size_t kFields = 7;
constexpr std::int64_t kStatusMax = 599;

bool take(const FlatValue& value, std::string& out) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return false;
    out = *text;
    return true;
}

template <class Integer>
bool take(const FlatValue& value, Integer& out, std::int64_t maximum) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < 0 || *number > maximum) return false;
    out = static_cast<Integer>(*number);
    return true;
}

bool take_field(std::string_view name, const FlatValue& value, JournalLine& line) {
    if (name == "key") return take(value, line.key);
    if (name == "buyer") return take(value, line.buyer);
    if (name == "sale") return take(value, line.sale, std::numeric_limits<std::uint32_t>::max());
    if (name == "quantity")
        return take(value, line.quantity, std::numeric_limits<std::int64_t>::max());
    if (name == "status") return take(value, line.status, kStatusMax);
    if (name == "code") return take(value, line.code);
    if (name == "order") return take(value, line.order);
    return false;
}

}  // namespace

std::string to_json_line(const JournalLine& line) {
    return "{\"key\":" + quote_json(line.key) + ",\"buyer\":" + quote_json(line.buyer) +
           ",\"sale\":" + std::to_string(line.sale) +
           ",\"quantity\":" + std::to_string(line.quantity) +
           ",\"status\":" + std::to_string(line.status) + ",\"code\":" + quote_json(line.code) +
           ",\"order\":" + quote_json(line.order) + "}";
}

std::optional<JournalLine> parse_json_line(std::string_view text) {
    const auto object = parse_flat_object(text);
    if (!object || object->size() != kFields)
        return std::nullopt;  // names are unique and known, so all are there
    JournalLine line;
    for (const auto& [name, value] : *object) {
        if (!take_field(name, value, line)) return std::nullopt;
    }
    return line;
}

std::optional<std::vector<JournalLine>> read_journal(const std::string& path, std::string& error) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        error = path + ": " + std::strerror(errno);
        return std::nullopt;
    }
    std::vector<JournalLine> lines;
    std::string text;
    while (std::getline(file, text)) {
        if (file.eof()) break;  // no newline: its writer died in the middle of it
        auto line = parse_json_line(text);
        if (!line) {
            error = path + ":" + std::to_string(lines.size() + 1) + ": not a journal line";
            return std::nullopt;
        }
        lines.push_back(std::move(*line));
    }
    if (file.bad()) {
        error = path + ": read failed";
        return std::nullopt;
    }
    return lines;
}

}  // namespace sluice::audit
