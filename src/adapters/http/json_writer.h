#pragma once
// Writes JSON text straight into one string; no tree. Texts must be UTF-8.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace sluice::http {

class JsonObject {
public:
    JsonObject() { out_.reserve(384); }

    JsonObject& text(std::string_view name, std::string_view value);
    JsonObject& integer(std::string_view name, std::int64_t value);
    JsonObject& boolean(std::string_view name, bool value);
    JsonObject& null(std::string_view name);
    JsonObject& time(std::string_view name, WallTime value);
    JsonObject& time_or_null(std::string_view name, const std::optional<WallTime>& value);
    // Empty text becomes null.
    JsonObject& text_or_null(std::string_view name, std::string_view value);
    // `json` is written as it is.
    JsonObject& raw(std::string_view name, std::string_view json);

    std::string str() && {
        out_.push_back('}');
        return std::move(out_);
    }

private:
    void key(std::string_view name);

    std::string out_ = "{";
};

std::string json_array(const std::vector<std::string>& items);  // of JSON texts
std::string json_string(std::string_view text);

}  // namespace sluice::http
