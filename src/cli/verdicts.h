#pragma once
// The verdicts of an audit as they come over the wire, for people and for exit codes.

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"

namespace sluice::cli {

struct LawVerdict {
    std::string law;
    std::string verdict;  // ok | violated | unjudged | not_applicable
    std::uint64_t examined = 0;
    std::string statement;
    std::string detail;
    std::vector<std::string> orders;
};

// nullopt when the value holds no list of laws.
std::optional<std::vector<LawVerdict>> laws_of(const boost::json::value& report);
std::string verdict_table(const std::vector<LawVerdict>& laws);
// 4 if any law is violated, else 3 if any is unjudged, else 0.
Exit exit_of(const std::vector<LawVerdict>& laws);

}  // namespace sluice::cli
