#pragma once
// Conditional requests (RFC 9110 §8.8.3, §13): a page that a client has already is answered with
// 304 and no body. Pure.

#include <string>
#include <string_view>

#include "adapters/http/response.h"

namespace sluice::http {

// Weak: the pages carry the time of their making beside what the tag is made of.
std::string entity_tag(std::string_view content);

// 200 with the body, or 304 when the request's If-None-Match names the tag.
Response tagged_response(const Request& request, std::string tag, std::string body);

}  // namespace sluice::http
