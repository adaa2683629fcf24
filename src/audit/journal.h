#pragma once
// A client's journal: one JSON line per answer it saw, written before the next request is judged:
//   {"key":"k1","buyer":"b1","sale":1,"quantity":1,"status":202,"code":"","order":"<uuid>"}
// status 0 means that no answer came. `code` is the problem code of a refusal. The only witness of L6, L10 and L12.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::audit {

struct JournalLine {
    std::string key;
    std::string buyer;
    std::uint32_t sale = 0;
    std::int64_t quantity = 0;
    int status = 0;
    std::string code;
    std::string order;  // "" when the answer named none
};

std::string to_json_line(const JournalLine& line);
std::optional<JournalLine> parse_json_line(std::string_view text);
// The whole lines of a file; a torn last line is ignored. nullopt when it cannot be read or a whole line is malformed.
std::optional<std::vector<JournalLine>> read_journal(const std::string& path, std::string& error);

}  // namespace sluice::audit
