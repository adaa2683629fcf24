#include "cli/verdicts.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iterator>

namespace sluice::cli {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, const char* name) {
    const json::value* found = object.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::uint64_t count_of(const json::object& object, const char* name) {
    const json::value* found = object.if_contains(name);
    if (found == nullptr) return 0;
    if (found->is_uint64()) return found->get_uint64();
    return found->is_int64() && found->get_int64() > 0
               ? static_cast<std::uint64_t>(found->get_int64())
               : 0;
}

LawVerdict law_of(const json::object& object) {
    LawVerdict law;
    law.law = text_of(object, "law");
    law.verdict = text_of(object, "verdict");
    law.examined = count_of(object, "examined");
    law.statement = text_of(object, "statement");
    law.detail = text_of(object, "detail");
    if (const json::value* orders = object.if_contains("orders");
        orders != nullptr && orders->is_array()) {
        for (const json::value& order : orders->get_array()) {
            if (order.is_string()) law.orders.emplace_back(order.get_string());
        }
    }
    return law;
}

}  // namespace

std::optional<std::vector<LawVerdict>> laws_of(const json::value& report) {
    const json::object* object = report.if_object();
    const json::value* list = object == nullptr ? nullptr : object->if_contains("laws");
    if (list == nullptr || !list->is_array()) return std::nullopt;
    std::vector<LawVerdict> laws;
    for (const json::value& entry : list->get_array()) {
        if (!entry.is_object()) return std::nullopt;
        laws.push_back(law_of(entry.get_object()));
    }
    if (laws.empty()) return std::nullopt;
    return laws;
}

std::string verdict_table(const std::vector<LawVerdict>& laws) {
    std::string out;
    auto to = std::back_inserter(out);
    for (const LawVerdict& law : laws) {
        fmt::format_to(
            to, "{:<4} {:<15} {:>9} examined  {}\n", law.law, law.verdict, law.examined,
            law.statement
        );
        if (!law.detail.empty()) fmt::format_to(to, "     {}\n", law.detail);
        for (const std::string& order : law.orders) fmt::format_to(to, "     order {}\n", order);
    }
    return out;
}

Exit exit_of(const std::vector<LawVerdict>& laws) {
    Exit exit = Exit::kOk;
    for (const LawVerdict& law : laws) {
        if (law.verdict == "violated") return Exit::kLaw;
        if (law.verdict != "ok" && law.verdict != "not_applicable") exit = Exit::kDependency;
    }
    return exit;
}

}  // namespace sluice::cli
