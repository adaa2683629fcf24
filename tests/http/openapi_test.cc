// The OpenAPI documents against the routers: neither names a route that the other does not.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "adapters/http/openapi.h"
#include "http/api_server.h"

namespace sluice::http {
namespace {

namespace json = boost::json;

std::string lower(std::string_view text) {
    std::string out;
    for (const char c : text) out.push_back(static_cast<char>(std::tolower(c)));
    return out;
}

std::set<std::string> routed(const Router& router) {
    std::set<std::string> out;
    for (const Route& route : router.routes()) {
        out.insert(lower(to_string(route.method)) + " " + route.pattern);
    }
    return out;
}

std::set<std::string> documented(const json::value& document) {
    std::set<std::string> out;
    for (const auto& [path, item] : document.at("paths").as_object()) {
        for (const auto& [key, operation] : item.as_object()) {
            if (key != "parameters") out.insert(std::string(key) + " " + std::string(path));
        }
    }
    return out;
}

const json::value* find(const json::value& document, std::string_view reference) {
    boost::system::error_code ec;
    return document.find_pointer(json::string_view(reference).substr(1), ec);
}

// Every {"$ref": "#/…"} in the document.
void check_references(const json::value& document, const json::value& node) {
    if (const auto* array = node.if_array()) {
        for (const auto& item : *array) check_references(document, item);
    }
    const auto* object = node.if_object();
    if (object == nullptr) return;
    for (const auto& [key, value] : *object) {
        if (key == "$ref") {
            EXPECT_NE(find(document, std::string(value.as_string())), nullptr) << value;
        } else {
            check_references(document, value);
        }
    }
}

std::set<std::string> names_in(std::string_view pattern) {
    std::set<std::string> names;
    for (std::size_t at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1)) {
        names.insert(std::string(pattern.substr(at + 1, pattern.find('}', at) - at - 1)));
    }
    return names;
}

// Path parameters declared once for all methods of the path.
std::set<std::string> parameters_of(const json::value& document, const json::object& item) {
    std::set<std::string> names;
    const json::value* list = item.if_contains("parameters");
    if (list == nullptr) return names;
    for (const json::value& parameter : list->as_array()) {
        const json::value* reference = parameter.as_object().if_contains("$ref");
        const json::value* meant = reference == nullptr ? &parameter : find(document, std::string(reference->as_string()));
        if (meant != nullptr && meant->at("in") == "path") names.insert(std::string(meant->at("name").as_string()));
    }
    return names;
}

void check_document(std::string_view text, const Router& router) {
    const json::value document = json::parse(json::string_view(text));
    EXPECT_EQ(document.at("openapi"), "3.1.0");
    EXPECT_EQ(documented(document), routed(router));
    check_references(document, document);
    std::set<std::string> operations;
    for (const auto& [path, item] : document.at("paths").as_object()) {
        EXPECT_EQ(parameters_of(document, item.as_object()), names_in(std::string_view(path))) << path;
        for (const auto& [key, operation] : item.as_object()) {
            if (key == "parameters") continue;
            EXPECT_TRUE(operations.insert(std::string(operation.at("operationId").as_string())).second) << operation;
            EXPECT_FALSE(operation.at("responses").as_object().empty());
        }
    }
}

std::set<std::string> documented_codes(std::string_view text) {
    const json::value document = json::parse(json::string_view(text));
    std::set<std::string> codes;
    for (const json::value& code : document.at("components").at("schemas").at("Code").at("enum").as_array()) {
        codes.insert(std::string(code.as_string()));
    }
    return codes;
}

TEST(OpenApi, NamesEveryPublicRouteAndNoOther) {
    const ApiServer server;
    check_document(public_openapi(), server.public_router());
}

TEST(OpenApi, NamesEveryAdminRouteAndNoOther) {
    const ApiServer server;
    check_document(admin_openapi(), server.admin_router());
}

TEST(OpenApi, ListsEveryProblemCode) {
    const std::set<std::string> codes{
#define SLUICE_CODE(name, wire, retry, status, text) wire,
#include "base/errors.def"
#undef SLUICE_CODE
    };
    EXPECT_EQ(documented_codes(public_openapi()), codes);
    EXPECT_EQ(documented_codes(admin_openapi()), codes);
}

TEST(OpenApi, IsServedWithoutAToken) {
    ApiServer server;
    const Answer answer = server.raw(get("/openapi.json"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has("Content-Type: application/json\r\n"));
    EXPECT_EQ(answer.body, public_openapi());
    EXPECT_EQ(server.admin("GET /openapi.json", "", "no token").body, admin_openapi());
}

}  // namespace
}  // namespace sluice::http
