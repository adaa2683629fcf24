#pragma once
// The lexical half of JsonReader: a flat JSON object as its fields. Kept apart so that only one
// file includes the parser.

#include <string_view>
#include <vector>

#include "adapters/http/json_reader.h"

namespace sluice::http {

// Errors: as JsonReader::parse().
Result<std::vector<JsonField>> parse_json_fields(std::string_view body);

}  // namespace sluice::http
