#pragma once
// Errors as application/problem+json (RFC 9457). Status, code, title and `retryable` come from
// base/errors.def, so that one table decides every refusal; `type` is a page this server answers
// itself.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/json_reader.h"
#include "adapters/http/response.h"
#include "base/ids.h"
#include "base/units.h"

namespace sluice::http {

enum class Audience : std::uint8_t { kPublic, kOperator };

struct ProblemDetails {
    std::vector<FieldError> fields;                   // errors[]
    std::optional<OrderId> order;                     // order_id, as soon as it is known
    std::optional<Units> left;                        // units still to be had
    std::string reason;                               // of a rejected order; empty: none
    std::optional<std::chrono::seconds> retry_after;  // nullopt: one second, for 503 and 429 only
    Audience audience =
        Audience::kPublic;  // the public is not told the detail of an internal error
};

Response problem(const Request& request, const Error& error, const ProblemDetails& details = {});
// kInvalidField with errors[].
Response invalid_fields(const Request& request, std::vector<FieldError> fields);
Response invalid_field(const Request& request, std::string field, std::string detail);

std::optional<Code> parse_code(std::string_view wire);
// GET /problems/{code}: what `type` points to.
Handler problem_page();

}  // namespace sluice::http
