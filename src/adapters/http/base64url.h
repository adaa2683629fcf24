#pragma once
// base64url without padding (RFC 4648 §5). Decoding is strict: only the canonical text of the bytes
// is accepted.

#include <optional>
#include <string>
#include <string_view>

namespace sluice::http {

std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace sluice::http
