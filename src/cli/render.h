#pragma once
// JSON values as people or programs want them: aligned tables, indented JSON, or one JSON value a
// line.

#include <boost/json/value.hpp>
#include <initializer_list>
#include <string>

#include "cli/command.h"

namespace sluice::cli {

// An array of objects becomes a table, an object one line a member. An object with exactly one
// array of objects among its members is a page of a list: tables and lines show only that list.
std::string render(const boost::json::value& value, Output output);
// The list of a page with only these members of each row, for tables that fit a screen.
boost::json::value with_columns(
    const boost::json::value& page, std::initializer_list<const char*> columns
);
// render() to stdout.
void show(const boost::json::value& value, Output output);

}  // namespace sluice::cli
