#pragma once
// What each listener serves as OpenAPI 3.1, written by hand in openapi_public.json and openapi_admin.json. A test holds
// the documents and the routers to each other.

#include <string_view>

#include "adapters/http/response.h"

namespace sluice::http {

std::string_view public_openapi();
std::string_view admin_openapi();

// GET /openapi.json: answers `document`, which has static storage.
Handler openapi_page(std::string_view document);

}  // namespace sluice::http
