#pragma once
// Redis's protocol (RESP2) as values: one command as bytes, replies out of a stream of bytes. Wraps
// hiredis's formatter and reader, whose headers nobody else needs. No I/O, no threads.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct redisReader;
struct redisReply;

namespace sluice {

struct Reply {
    enum class Kind : std::uint8_t { kNil, kText, kNumber, kArray, kError };

    Kind kind = Kind::kNil;
    std::int64_t number = 0;   // kNumber
    std::string text;          // kText (also a status such as OK), kError
    std::vector<Reply> items;  // kArray

    bool is_text(std::string_view expected) const {
        return kind == Kind::kText && text == expected;
    }
};

Reply to_reply(const redisReply& raw);

// One command, ready to be sent.
std::string format_command(const std::vector<std::string_view>& words);

class ReplyReader {
public:
    ReplyReader();

    void feed(std::string_view bytes);
    // The next whole reply; nullopt: more bytes are needed. Errors: kUnavailable, the peer does not
    // speak Redis's protocol; nothing that follows can be understood.
    Result<std::optional<Reply>> next();

private:
    struct Free {
        void operator()(redisReader* reader) const;
    };
    std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace sluice
