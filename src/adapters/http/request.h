#pragma once
// One HTTP request as handlers see it: no parser, no socket. It belongs to its connection and
// outlives the handler's coroutine; views in it point into memory of the connection that stays
// untouched until the response is written.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
std::string_view to_string(Method method);

struct HeaderField {
    std::string_view name;
    std::string_view value;
};

inline constexpr std::size_t kPathValuesMax = 4;

struct Request {
    Method method = Method::kGet;
    std::string_view path;   // still percent-encoded; starts with '/'; ASCII
    std::string_view query;  // without '?'; still percent-encoded
    std::vector<HeaderField> headers;
    std::string body;
    std::string peer;  // IP address as text
    std::string id;    // unique for ever; told to the client in every problem

    // Decoded values of the route's {names}, in the order of the pattern.
    std::array<std::string, kPathValuesMax> path_values;
    const bool* draining = nullptr;  // set while the listener drains: long waits should end early

    // The first field of this name (case-insensitive).
    std::optional<std::string_view> header(std::string_view name) const;
    // Errors: kBadRequest when the field is repeated.
    Result<std::optional<std::string_view>> single_header(std::string_view name) const;
    // Decoded; nullopt when absent. Errors: kBadRequest for a bad escape or a repeated name.
    Result<std::optional<std::string>> query_value(std::string_view name) const;
    bool is_draining() const { return draining != nullptr && *draining; }
};

bool equal_ignoring_case(std::string_view left, std::string_view right);
// nullopt for a bad or truncated escape. '+' becomes a space only in queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
// Everything but letters, digits and -._~ as %XX.
std::string percent_encode(std::string_view text);

}  // namespace sluice::http
