#pragma once
// Strict reading of a request body that is one flat JSON object (RFC 8259). Refused, with the field
// named: duplicate, unknown and missing fields, wrong types, nesting, integers that are not plain
// integer literals ("1", 1.0 and 1e1 are not) or out of their range. A handler asks for each field
// it knows, then calls finish(): what nobody asked for is unknown. Pure; no exceptions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::http {

struct FieldError {
    std::string field;
    std::string detail;
};

enum class JsonKind : std::uint8_t { kText, kNumber, kBoolean, kNull };
struct JsonField {
    std::string name;
    JsonKind kind = JsonKind::kNull;
    std::string value;  // decoded text, or the literal of a number or boolean
    bool asked = false;
};

class JsonReader {
public:
    // Errors: kBadRequest (not a JSON object, duplicate field, trailing characters), kInvalidField
    // (nesting).
    static Result<JsonReader> parse(std::string_view body);

    // Required fields: nullopt means that an error is recorded.
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<std::string> text(
        std::string_view name, std::size_t bytes_min, std::size_t bytes_max
    );
    std::optional<WallTime> time(std::string_view name);
    // Optional fields: the fallback when absent or null; also when wrong, with an error recorded.
    std::int64_t integer_or(
        std::string_view name, std::int64_t min, std::int64_t max, std::int64_t fallback
    );
    std::string text_or(std::string_view name, std::size_t bytes_max, std::string_view fallback);
    bool boolean_or(std::string_view name, bool fallback);
    // A plain decimal literal in millionths, rounded to the nearest; nullopt when absent, null or
    // wrong. The bounds are in millionths too.
    std::optional<std::int64_t> decimal_or_none(
        std::string_view name, std::int64_t min_e6, std::int64_t max_e6
    );
    bool has(std::string_view name) const;

    void refuse(std::string_view name, std::string detail);
    // All errors, unknown fields included; empty: everything read is valid.
    std::vector<FieldError> finish();

    static constexpr std::size_t kFieldsMax = 32;

private:
    JsonField* ask(std::string_view name);
    JsonField* require(std::string_view name);
    std::string suggestion(std::string_view unknown) const;

    std::vector<JsonField> fields_;
    std::vector<std::string> known_;
    std::vector<FieldError> errors_;
};

}  // namespace sluice::http
