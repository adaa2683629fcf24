#pragma once
// HTTP/1.1 as text, just enough for a client that knows its server: requests with a fixed length,
// answers with Content-Length, and the members of the flat JSON objects in them. Written apart from
// the server's parser on purpose.

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::load {

// `headers`: whole lines, each ending in CRLF.
void append_request(
    std::string& out, std::string_view method, std::string_view path, std::string_view host,
    std::string_view headers, std::string_view body
);

struct Answer {
    int status = 0;         // 0: no answer came
    std::string_view head;  // status line and headers
    std::string_view body;  // both valid only during the callback
    bool close = false;     // the server ends the connection after it
};

enum class Read { kMore, kDone, kBroken };

// Looks for one whole answer at the start of `received`; on kDone `length` is what it takes up.
Read read_answer(std::string_view received, Answer& answer, std::size_t& length);

// The value of a header, without surrounding blanks; "" when absent. Names are compared without
// case.
std::string_view header_of(std::string_view head, std::string_view name);
// The text value of a member of a JSON object that holds no escapes in it; "" when absent.
std::string_view text_member(std::string_view json, std::string_view name);

}  // namespace sluice::load
