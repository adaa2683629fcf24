#include "cli/expiry_drill.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>
#include <set>

#include "runtime/offline.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

Result<json::array> buried_work(const AdminClient& admin, std::uint32_t sale) {
    const std::string query =
        "/v1/dead-letters?state=buried&limit=200&sale_id=" + std::to_string(sale);
    auto answer = admin.call("GET", query);
    if (!answer) return answer.error();
    return answer->at("work").as_array();
}

}  // namespace

ExpiryDrill::~ExpiryDrill() {
    if (begun_) (void)refuse_cancels(config_, sale_, false);
}

Result<Done> ExpiryDrill::begin() {
    auto refused = refuse_cancels(config_, sale_, true);
    begun_ = refused.ok();
    return refused;
}

Result<std::size_t> ExpiryDrill::buried() const {
    auto work = buried_work(admin_, sale_);
    if (!work) return work.error();
    std::set<std::string> orders;  // one may have failed both to be cancelled and to expire
    for (const json::value& row : *work) orders.insert(json::value_to<std::string>(row.at("key")));
    return orders.size();
}

Result<std::size_t> ExpiryDrill::mend() {
    auto allowed = refuse_cancels(config_, sale_, false);
    if (!allowed) return allowed.error();
    begun_ = false;
    auto work = buried_work(admin_, sale_);
    if (!work) return work.error();
    for (const json::value& row : *work) {
        const auto kind = json::value_to<std::string>(row.at("kind"));
        const auto key = json::value_to<std::string>(row.at("key"));
        const std::string path =
            "/v1/dead-letters/work/" + path_segment(kind) + "/" + path_segment(key) + "/redrive";
        auto done = admin_.call("POST", path, json::object{{"reason", "the ledger cancels again"}});
        if (!done) return done.error();
    }
    return work->size();
}

}  // namespace sluice::cli
