#pragma once
// Reading the parts of a request that several routes share: credentials, Idempotency-Key, ids,
// waiting time, page, body. Each returns what is wrong as an Error with the parameter named; none
// touches a store.

#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/json_reader.h"
#include "adapters/http/request.h"
#include "base/ids.h"
#include "base/time.h"

namespace sluice::http {

// Bare (key) or quoted ("key", with \" and \\ as in RFC 8941); both forms of one text are the same
// key. 1..255 printable ASCII characters. Errors: kBadRequest.
Result<std::string> parse_idempotency_key(std::string_view value);
// nullopt: the client sent none.
Result<std::optional<std::string>> idempotency_key(const Request& request);

// The token of "Authorization: Bearer …". Errors: kUnauthorized, kBadRequest (repeated header).
Result<std::string_view> bearer_token(const Request& request);

// "5s", "500ms" or "" (0); longer waits are cut to kWaitMax. nullopt when malformed.
std::optional<Millis> parse_wait(std::string_view text);
inline constexpr Millis kWaitMax{30'000};

// Positive decimal number in the type's range, without sign or leading zero.
std::optional<std::int64_t> parse_positive(std::string_view text, std::int64_t max);
std::optional<SaleId> parse_sale_id(std::string_view text);
std::optional<ShopId> parse_shop_id(std::string_view text);
std::optional<GoodsId> parse_goods_id(std::string_view text);
std::optional<ReviewId> parse_review_id(std::string_view text);
// No integer of this interface passes 2^53 - 1, so every client reads them exactly.
inline constexpr std::int64_t kExactIntegerMax = 9'007'199'254'740'991;

struct Page {
    std::string cursor;  // empty: the first page
    std::size_t rows = 50;
};
inline constexpr std::int64_t kPageRowsMax = 200;
// ?cursor= and ?limit=. Errors: kInvalidField, kBadRequest.
Result<Page> parse_page(const Request& request, std::size_t rows_default = 50);
// RFC 8288: `<path?cursor=…&limit=…&filter>; rel="next"`.
std::string next_link(
    const Request& request, const Page& page, std::string_view cursor, std::string_view filter = {}
);

// The body as one flat object. Errors: kUnsupportedMediaType, and those of JsonReader::parse().
Result<JsonReader> read_body(const Request& request);
// The same, but no body at all is an empty object.
Result<JsonReader> read_optional_body(const Request& request);

}  // namespace sluice::http
