#include "adapters/http/router.h"

#include "base/check.h"

namespace sluice::http {
namespace {

struct Segments {
    std::array<std::string_view, Router::kSegmentsMax> at;
    std::size_t count = 0;
    bool too_many = false;
};

Segments split(std::string_view path) {
    Segments out;
    std::size_t begin = 1;  // after the leading '/'
    while (begin <= path.size()) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        if (out.count == out.at.size()) {
            out.too_many = true;
            return out;
        }
        out.at[out.count++] = path.substr(begin, end - begin);
        begin = end + 1;
    }
    return out;
}

bool is_name(std::string_view segment) { return segment.starts_with('{'); }

bool matches(const Route& route, const Segments& path) {
    if (route.segments.size() != path.count) return false;
    for (std::size_t i = 0; i < path.count; ++i) {
        if (is_name(route.segments[i]) ? path.at[i].empty() : route.segments[i] != path.at[i])
            return false;
    }
    return true;
}

void add_allowed(std::string& allow, Method method) {
    if (!allow.empty()) allow.append(", ");
    allow.append(to_string(method));
    if (method == Method::kGet) allow.append(", HEAD");
}

}  // namespace

void Router::add(Method method, std::string pattern, Handler handler) {
    SLUICE_CHECK(pattern.starts_with('/'));
    const Segments parts = split(pattern);
    SLUICE_CHECK(!parts.too_many);
    Route route;
    route.method = method;
    std::size_t names = 0;
    for (std::size_t i = 0; i < parts.count; ++i) {
        route.segments.emplace_back(parts.at[i]);
        names += is_name(parts.at[i]) ? 1U : 0U;
    }
    SLUICE_CHECK(names <= kPathValuesMax);
    route.pattern = std::move(pattern);
    route.handler = std::move(handler);
    route.index = routes_.size();
    routes_.push_back(std::move(route));
}

Router::Match Router::match(Method method, std::string_view path) const {
    Match found;
    const Segments parts = split(path);
    if (parts.too_many) return found;
    const Method wanted = method == Method::kHead ? Method::kGet : method;
    for (const Route& route : routes_) {
        if (!matches(route, parts)) continue;
        if (route.method != wanted) {
            add_allowed(found.allow, route.method);
            continue;
        }
        found.route = &route;
        for (std::size_t i = 0; i < parts.count; ++i) {
            if (is_name(route.segments[i])) found.values[found.values_count++] = parts.at[i];
        }
        return found;
    }
    return found;
}

}  // namespace sluice::http
