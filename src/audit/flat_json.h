#pragma once
// The smallest JSON reader that a journal line needs: one object of strings and integers, strict
// (RFC 8259), no nesting, no floats. Written by hand so that the witness depends on nothing that
// the judged program uses.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::audit {

using FlatValue = std::variant<std::string, std::int64_t>;
using FlatObject = std::vector<std::pair<std::string, FlatValue>>;

// nullopt for anything else than exactly one flat object, and for a repeated name.
std::optional<FlatObject> parse_flat_object(std::string_view text);

// With quotes.
std::string quote_json(std::string_view text);

}  // namespace sluice::audit
