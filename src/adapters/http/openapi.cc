#include "adapters/http/openapi.h"

#include <string>

#include "openapi_documents.h"

namespace sluice::http {

std::string_view public_openapi() { return openapi::k_openapi_public_json; }
std::string_view admin_openapi() { return openapi::k_openapi_admin_json; }

namespace {

Task<Response> show(std::string_view document) {
    Response response = json_response(200, std::string{document});
    response.cache_control = "public, max-age=3600";
    co_return response;
}

}  // namespace

Handler openapi_page(std::string_view document) {
    return [document](const Request&) { return show(document); };
}

}  // namespace sluice::http
