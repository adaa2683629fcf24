#include "adapters/http/request_fields.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace sluice::http {
namespace {

bool is_printable(char c) { return c >= 0x20 && c <= 0x7e; }

bool is_json(std::string_view content_type) {
    std::string_view media = content_type.substr(0, content_type.find(';'));
    while (media.ends_with(' ') || media.ends_with('\t')) media.remove_suffix(1);
    return equal_ignoring_case(media, "application/json");
}

// The content of a quoted string, or nullopt when it does not end where the text does.
std::optional<std::string> unquote(std::string_view text) {
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1 == text.size() ? std::optional{out} : std::nullopt;
        if (text[i] == '\\') {
            ++i;
            if (i == text.size() || (text[i] != '"' && text[i] != '\\')) return std::nullopt;
        }
        out.push_back(text[i]);
    }
    return std::nullopt;
}

}  // namespace

Result<std::string> parse_idempotency_key(std::string_view value) {
    if (!std::all_of(value.begin(), value.end(), is_printable)) {
        return fail(Code::kBadRequest, "Idempotency-Key may contain printable ASCII only");
    }
    std::optional<std::string> key = value.starts_with('"') ? unquote(value) : std::string{value};
    if (!key) return fail(Code::kBadRequest, "Idempotency-Key is not a well-formed quoted string");
    if (key->empty() || key->size() > kIdempotencyKeyBytesMax) {
        return fail(Code::kBadRequest, "Idempotency-Key must have 1 to 255 characters");
    }
    return *std::move(key);
}

Result<std::optional<std::string>> idempotency_key(const Request& request) {
    const auto header = request.single_header("Idempotency-Key");
    if (!header) return header.error();
    if (!*header) return std::optional<std::string>{};
    auto key = parse_idempotency_key(**header);
    if (!key) return key.error();
    return std::optional{std::move(*key)};
}

Result<std::string_view> bearer_token(const Request& request) {
    const auto header = request.single_header("Authorization");
    if (!header) return header.error();
    if (!*header) return fail(Code::kUnauthorized, "no Authorization header");
    constexpr std::string_view kScheme = "Bearer ";
    std::string_view value = **header;
    if (value.size() <= kScheme.size() ||
        !equal_ignoring_case(value.substr(0, kScheme.size()), kScheme)) {
        return fail(Code::kUnauthorized, "Authorization must be a bearer token");
    }
    return value.substr(kScheme.size());
}

std::optional<Millis> parse_wait(std::string_view text) {
    if (text.empty()) return Millis{0};
    std::uint32_t amount = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), amount);
    if (parsed.ec != std::errc{}) return std::nullopt;
    const std::string_view unit{
        parsed.ptr, static_cast<std::size_t>(text.data() + text.size() - parsed.ptr)};
    if (unit == "ms") return std::min(kWaitMax, Millis{amount});
    if (unit == "s") return std::min<Millis>(kWaitMax, std::chrono::seconds{amount});
    return std::nullopt;
}

std::optional<std::int64_t> parse_positive(std::string_view text, std::int64_t max) {
    if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || value > max)
        return std::nullopt;
    return value;
}

std::optional<SaleId> parse_sale_id(std::string_view text) {
    const auto number = parse_positive(text, std::numeric_limits<std::uint32_t>::max());
    if (!number) return std::nullopt;
    return SaleId{static_cast<std::uint32_t>(*number)};
}

std::optional<ShopId> parse_shop_id(std::string_view text) {
    const auto number = parse_positive(text, kExactIntegerMax);
    if (!number) return std::nullopt;
    return ShopId{*number};
}

std::optional<GoodsId> parse_goods_id(std::string_view text) {
    const auto number = parse_positive(text, kExactIntegerMax);
    if (!number) return std::nullopt;
    return GoodsId{*number};
}

std::optional<ReviewId> parse_review_id(std::string_view text) {
    const auto number = parse_positive(text, kExactIntegerMax);
    if (!number) return std::nullopt;
    return ReviewId{*number};
}

Result<Page> parse_page(const Request& request, std::size_t rows_default) {
    const auto cursor = request.query_value("cursor");
    if (!cursor) return cursor.error();
    const auto limit = request.query_value("limit");
    if (!limit) return limit.error();
    Page page;
    page.cursor = cursor->value_or("");
    page.rows = rows_default;
    if (*limit) {
        const auto rows = parse_positive(**limit, kPageRowsMax);
        if (!rows) {
            return fail(
                Code::kInvalidField,
                "limit: must be an integer from 1 to " + std::to_string(kPageRowsMax)
            );
        }
        page.rows = static_cast<std::size_t>(*rows);
    }
    return page;
}

std::string next_link(
    const Request& request, const Page& page, std::string_view cursor, std::string_view filter
) {
    std::string link = "<";
    link.append(request.path).append("?cursor=").append(cursor);
    link.append("&limit=").append(std::to_string(page.rows));
    if (!filter.empty()) link.append("&").append(filter);
    return link.append(">; rel=\"next\"");
}

Result<JsonReader> read_body(const Request& request) {
    const auto content_type = request.single_header("Content-Type");
    if (!content_type) return content_type.error();
    if (!*content_type || !is_json(**content_type)) return fail(Code::kUnsupportedMediaType);
    return JsonReader::parse(request.body);
}

Result<JsonReader> read_optional_body(const Request& request) {
    if (request.body.empty()) return JsonReader{};
    return read_body(request);
}

}  // namespace sluice::http
