#pragma once
// The driver's commands (one line of JSON each, see subject.mjs) as values. Pure. What is missing
// or of another type throws, and the subject ends with the reason on stderr.

#include <boost/json.hpp>
#include <string>

#include "subject_loop.h"

namespace sluice::bench {

namespace json = boost::json;

template <class Number>
Number number(const json::object& command, const char* name) {
    return command.at(name).to_number<Number>();
}

std::string text(const json::object& command, const char* name);
// {first, count}
KeyRange range(const json::object& keys);
Keys keys_of(const json::object& command);
Pace pace_of(const json::object& command);
bool without_l1(const json::object& command);

}  // namespace sluice::bench
