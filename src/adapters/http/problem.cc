#include "adapters/http/problem.h"

#include "adapters/http/json_writer.h"

namespace sluice::http {
namespace {

constexpr std::array kCodes = {
#define SLUICE_CODE(name, wire, retry, status, text) Code::name,
#include "base/errors.def"
#undef SLUICE_CODE
};

std::string_view advice(Retry retry) {
    switch (retry) {
        case Retry::kNever:
            return "The same request will get the same answer.";
        case Retry::kLater:
            return "The same request may succeed later, unchanged.";
        case Retry::kSameKey:
            return "It is unknown whether the request took effect. Repeat it with the same "
                   "Idempotency-Key.";
    }
    return "";
}

std::string errors_json(const std::vector<FieldError>& fields) {
    std::vector<std::string> items;
    for (const FieldError& error : fields) {
        JsonObject item;
        item.text("field", error.field).text("detail", error.detail);
        items.push_back(std::move(item).str());
    }
    return json_array(items);
}

std::string first_detail(const Error& error, const ProblemDetails& details) {
    const bool hidden =
        info(error.code).http_status == 500 && details.audience == Audience::kPublic;
    if (hidden) return {};
    if (!error.detail.empty() || details.fields.empty()) return error.detail;
    return details.fields.front().field + ": " + details.fields.front().detail;
}

}  // namespace

Response problem(const Request& request, const Error& error, const ProblemDetails& details) {
    const CodeInfo& code = info(error.code);
    JsonObject out;
    out.text("type", "/problems/" + std::string{code.wire}).text("title", code.text);
    out.integer("status", code.http_status).text("code", code.wire);
    const std::string detail = first_detail(error, details);
    if (!detail.empty()) out.text("detail", detail);
    if (!request.path.empty()) out.text("instance", request.path);
    out.text("request_id", request.id).boolean("retryable", code.retry != Retry::kNever);
    if (details.order) out.text("order_id", details.order->text());
    if (details.left) out.integer("left", *details.left);
    if (!details.reason.empty()) out.text("reason", details.reason);
    if (!details.fields.empty()) out.raw("errors", errors_json(details.fields));

    Response response = json_response(code.http_status, std::move(out).str());
    response.content_type = "application/problem+json";
    if (code.http_status == 503 || code.http_status == 429) {
        const auto wait = details.retry_after.value_or(std::chrono::seconds{1});
        response.set("Retry-After", std::to_string(wait.count()));
    }
    if (error.code == Code::kUnauthorized) response.set("WWW-Authenticate", "Bearer");
    return response;
}

Response invalid_fields(const Request& request, std::vector<FieldError> fields) {
    ProblemDetails details;
    details.fields = std::move(fields);
    return problem(request, fail(Code::kInvalidField), details);
}

Response invalid_field(const Request& request, std::string field, std::string detail) {
    FieldError error;
    error.field = std::move(field);
    error.detail = std::move(detail);
    return invalid_fields(request, {std::move(error)});
}

std::optional<Code> parse_code(std::string_view wire) {
    for (const Code code : kCodes) {
        if (info(code).wire == wire) return code;
    }
    return std::nullopt;
}

namespace {

Task<Response> show_problem(const Request& request) {
    const auto code = parse_code(request.path_values[0]);
    if (!code) co_return problem(request, fail(Code::kNotFound));
    const CodeInfo& row = info(*code);
    std::string page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>";
    page.append(row.wire)
        .append("</title><h1>")
        .append(row.wire)
        .append("</h1><p>")
        .append(row.text);
    page.append(".</p><p>HTTP status ").append(std::to_string(row.http_status)).append(". ");
    page.append(advice(row.retry)).append("</p></html>\n");
    Response response = html_response(200, std::move(page));
    response.cache_control = "public, max-age=3600";
    co_return response;
}

}  // namespace

Handler problem_page() { return show_problem; }

}  // namespace sluice::http
