#pragma once
// The error catalogue as types. Business outcomes that an operation expects (sold out, version conflict) are values of
// that operation; Error carries everything else. "Unknown outcome" is its own code because unknown is not failed.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

enum class Code : std::uint8_t {
#define SLUICE_CODE(name, wire, retry, status, text) name,
#include "base/errors.def"
#undef SLUICE_CODE
};

enum class Retry : std::uint8_t { kNever, kLater, kSameKey };

struct CodeInfo {
    Code code;
    std::string_view wire;  // stable snake_case name
    Retry retry;
    int http_status;
    std::string_view text;
};

// Never fails: every Code is in the catalogue.
const CodeInfo& info(Code code);

struct Error {
    Code code = Code::kInternal;
    std::string detail;  // for people; says what and, where possible, what to do

    friend bool operator==(const Error&, const Error&) = default;
};

// "wire_code: detail"
std::string to_string(const Error& error);

// True when the change may or may not have happened.
inline bool is_unknown(const Error& error) { return error.code == Code::kOutcomeUnknown; }

}  // namespace sluice
