#pragma once
// What the broker says on a connection that is set up, in our words.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"

namespace sluice {

struct Confirmed {
    std::uint64_t tag = 0;
    bool multiple = false;  // this and all before it
    bool stored = true;     // false: nacked
};
struct Returned {  // no queue took it; an ack follows
    std::uint64_t tag = 0;
    std::string why;
};
struct Delivered {
    std::uint64_t tag = 0;
    std::optional<WallTime> at;  // when it was published, if one of ours published it
    std::string body;
};
struct Blocked {  // the broker reads nothing more: memory or disk alarm
    std::string why;
};
struct Unblocked {};
struct Ended {  // by the broker: the consumer was cancelled, or channel or connection closed
    std::string why;
};
using AmqpEvent = std::variant<Confirmed, Returned, Delivered, Blocked, Unblocked, Ended>;

}  // namespace sluice
