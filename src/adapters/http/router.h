#pragma once
// Routes by method and path pattern, e.g. POST /v1/sales/{id}/orders. Filled once, then only read:
// after that it may be shared by threads if its handlers may. HEAD is answered by the GET route.

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/response.h"

namespace sluice::http {

struct Route {
    Method method = Method::kGet;
    std::string pattern;                // also the label of its metrics
    std::vector<std::string> segments;  // "{name}" matches any non-empty segment
    Handler handler;
    std::size_t index = 0;  // in Router::routes()
};

class Router {
public:
    // The pattern starts with '/', has at most kSegmentsMax segments and kPathValuesMax {names}.
    void add(Method method, std::string pattern, Handler handler);

    struct Match {
        const Route* route = nullptr;
        std::string allow;  // when the path exists but not for this method: its methods, as in an
                            // Allow header
        std::array<std::string_view, kPathValuesMax> values;  // still percent-encoded
        std::size_t values_count = 0;
    };
    Match match(Method method, std::string_view path) const;
    const std::vector<Route>& routes() const { return routes_; }

    static constexpr std::size_t kSegmentsMax = 8;

private:
    std::vector<Route> routes_;
};

}  // namespace sluice::http
