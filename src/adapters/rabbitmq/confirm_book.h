#pragma once
// ConfirmBook: what became of the messages that were written to a channel in confirm mode. Pure: it
// is told what was sent and what the broker said, and answers whose fate is known. One book per
// channel; not thread-safe.
//
// The broker acks single messages or "everything up to here", in any order. An unroutable message
// is returned *and then* acked, so a return alone decides nothing. What the broker says of a
// message that is unknown here (given up at its deadline) is ignored.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace sluice {

enum class Fate : std::uint8_t {
    kConfirmed,  // durable and routed
    kReturned,   // no queue took it
    kRefused,    // nacked: the queue is full, or could not store it
    kNotSent,    // the connection ended before its last byte was written: nobody can have it
    kUnknown,    // written, but nobody said what became of it
};

struct Settled {
    std::uint64_t tag = 0;
    Fate fate = Fate::kUnknown;
    std::string why;  // of a return, in the broker's words
};

class ConfirmBook {
public:
    using Settlements = std::vector<Settled>;

    // The tag of the next message: 1, 2, 3 … as the broker counts them on this channel. `ends_at`:
    // how many bytes of the connection will have been written when all of it is.
    std::uint64_t sent(std::uint64_t ends_at, Instant until);
    // The tag that the next sent() will give.
    std::uint64_t next_tag() const { return next_tag_; }

    void returned(std::uint64_t tag, std::string why);
    Settlements acked(std::uint64_t tag, bool multiple) { return settle(tag, multiple, true); }
    Settlements refused(std::uint64_t tag, bool multiple) { return settle(tag, multiple, false); }
    // Whoever has waited until its deadline: kUnknown.
    Settlements expire(Instant now);
    // The connection is gone after `written` bytes: everybody's fate. Ends the book.
    Settlements lost(std::uint64_t written);

    std::size_t outstanding() const { return waiting_.size(); }
    std::optional<Instant> next_deadline() const;

private:
    struct Waiting {
        std::uint64_t ends_at = 0;
        Instant until;
        std::optional<std::string> returned;  // the broker's reason, once it came back
    };

    Settlements settle(std::uint64_t tag, bool multiple, bool stored);

    std::uint64_t next_tag_ = 1;
    std::map<std::uint64_t, Waiting> waiting_;               // by tag
    std::set<std::pair<Instant, std::uint64_t>> deadlines_;  // exactly those of waiting_
};

}  // namespace sluice
