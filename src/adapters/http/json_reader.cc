#include "adapters/http/json_reader.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "adapters/http/json_fields.h"

namespace sluice::http {
namespace {

// Levenshtein distance; both texts are short.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i] == right[j] ? 0U : 1U);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

bool is_integer_literal(std::string_view literal) {
    if (literal.starts_with('-')) literal.remove_prefix(1);
    return !literal.empty() && literal.find_first_not_of("0123456789") == std::string_view::npos;
}

// "-12.3456785" → -12345679; nullopt for exponents and for more than twelve whole digits.
std::optional<std::int64_t> millionths(std::string_view literal) {
    const bool negative = literal.starts_with('-');
    if (negative) literal.remove_prefix(1);
    const std::string_view whole = literal.substr(0, literal.find('.'));
    std::string_view fraction = literal.substr(whole.size());
    if (!fraction.empty()) fraction.remove_prefix(1);
    std::string digits = std::string{whole} + std::string{fraction.substr(0, 7)};
    digits.append(7 - std::min<std::size_t>(fraction.size(), 7), '0');  // in ten-millionths
    const std::string_view all = "0123456789";
    if (whole.empty() || whole.size() > 11 || fraction.find_first_not_of(all) != std::string_view::npos ||
        whole.find_first_not_of(all) != std::string_view::npos) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (parsed.ec != std::errc{}) return std::nullopt;
    value = (value + 5) / 10;
    return negative ? -value : value;
}

std::string range_text(std::int64_t min, std::int64_t max) {
    return "must be an integer from " + std::to_string(min) + " to " + std::to_string(max);
}

}  // namespace

Result<JsonReader> JsonReader::parse(std::string_view body) {
    auto fields = parse_json_fields(body);
    if (!fields) return fields.error();
    JsonReader reader;
    reader.fields_ = std::move(*fields);
    return reader;
}

bool JsonReader::has(std::string_view name) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const JsonField& f) {
        return f.name == name && f.kind != JsonKind::kNull;
    });
}

JsonField* JsonReader::ask(std::string_view name) {
    known_.emplace_back(name);
    for (JsonField& field : fields_) {
        if (field.name != name) continue;
        field.asked = true;
        return field.kind == JsonKind::kNull ? nullptr : &field;
    }
    return nullptr;
}

JsonField* JsonReader::require(std::string_view name) {
    JsonField* field = ask(name);
    if (field == nullptr) refuse(name, "is required");
    return field;
}

void JsonReader::refuse(std::string_view name, std::string detail) {
    FieldError error;
    error.field = name;
    error.detail = std::move(detail);
    errors_.push_back(std::move(error));
}

std::optional<std::int64_t> JsonReader::integer(
    std::string_view name, std::int64_t min, std::int64_t max
) {
    const JsonField* field = require(name);
    if (field == nullptr) return std::nullopt;
    if (field->kind != JsonKind::kNumber || !is_integer_literal(field->value)) {
        refuse(name, "must be a plain integer literal");
        return std::nullopt;
    }
    std::int64_t value = 0;
    const char* end = field->value.data() + field->value.size();
    const auto parsed = std::from_chars(field->value.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || value < min || value > max) {
        refuse(name, range_text(min, max));
        return std::nullopt;
    }
    return value;
}

std::int64_t JsonReader::integer_or(
    std::string_view name, std::int64_t min, std::int64_t max, std::int64_t fallback
) {
    if (ask(name) == nullptr) return fallback;
    return integer(name, min, max).value_or(fallback);
}

std::optional<std::string> JsonReader::text(
    std::string_view name, std::size_t bytes_min, std::size_t bytes_max
) {
    const JsonField* field = require(name);
    if (field == nullptr) return std::nullopt;
    if (field->kind != JsonKind::kText) {
        refuse(name, "must be a string");
        return std::nullopt;
    }
    if (field->value.size() < bytes_min || field->value.size() > bytes_max) {
        refuse(
            name,
            "must have " + std::to_string(bytes_min) + " to " + std::to_string(bytes_max) + " bytes"
        );
        return std::nullopt;
    }
    if (field->value.find('\0') != std::string::npos) {
        refuse(name, "must not contain NUL");
        return std::nullopt;
    }
    return field->value;
}

std::string JsonReader::text_or(
    std::string_view name, std::size_t bytes_max, std::string_view fallback
) {
    if (ask(name) == nullptr) return std::string{fallback};
    return text(name, 0, bytes_max).value_or(std::string{fallback});
}

bool JsonReader::boolean_or(std::string_view name, bool fallback) {
    const JsonField* field = ask(name);
    if (field == nullptr) return fallback;
    if (field->kind != JsonKind::kBoolean) {
        refuse(name, "must be true or false");
        return fallback;
    }
    return field->value == "true";
}

std::optional<std::int64_t> JsonReader::decimal_or_none(
    std::string_view name, std::int64_t min_e6, std::int64_t max_e6
) {
    const JsonField* field = ask(name);
    if (field == nullptr) return std::nullopt;
    const auto value = field->kind == JsonKind::kNumber ? millionths(field->value) : std::nullopt;
    if (!value) {
        refuse(name, "must be a plain decimal number");
        return std::nullopt;
    }
    if (*value < min_e6 || *value > max_e6) {
        const auto whole = [](std::int64_t e6) { return std::to_string(e6 / 1'000'000); };
        refuse(name, "must be from " + whole(min_e6) + " to " + whole(max_e6));
        return std::nullopt;
    }
    return value;
}

std::optional<WallTime> JsonReader::time(std::string_view name) {
    const auto value = text(name, 1, 64);
    if (!value) return std::nullopt;
    const auto parsed = parse_rfc3339(*value);
    if (!parsed) refuse(name, "must be a time as in RFC 3339, e.g. 2026-11-22T08:00:00Z");
    return parsed;
}

std::string JsonReader::suggestion(std::string_view unknown) const {
    const std::string* best = nullptr;
    std::size_t least = 3;  // more than two edits away is no typing mistake
    for (const std::string& name : known_) {
        const std::size_t edits = distance(unknown, name);
        if (edits < least) {
            least = edits;
            best = &name;
        }
    }
    return best == nullptr ? std::string{} : "; did you mean \"" + *best + "\"?";
}

std::vector<FieldError> JsonReader::finish() {
    for (const JsonField& field : fields_) {
        if (!field.asked) refuse(field.name, "unknown field" + suggestion(field.name));
    }
    return std::move(errors_);
}

}  // namespace sluice::http
