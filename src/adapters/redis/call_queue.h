#pragma once
// CallQueue: the calls of one pipelined connection, in order: first those whose bytes were handed
// to the socket and whose replies are expected in that order, then those that still wait to be
// written. A call whose deadline passes after it was written is answered but keeps its place, so
// that its late reply is thrown away and not given to the next one. No I/O, no clock; one thread.

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/redis/reply.h"
#include "adapters/redis/reply_error.h"
#include "async/suspend.h"
#include "base/time.h"

namespace sluice {

class CallQueue {
public:
    using Answer = Resume<Result<Reply>>;

    void add(std::string bytes, CallKind kind, Deadline deadline, Answer answer);
    // The bytes of every waiting call, which from now on counts as written. "" when none waits.
    std::string take_waiting(Instant now);
    // The reply to the oldest written call. False when none was written: the peer talks out of
    // turn.
    bool reply(Reply reply);
    // Answers the calls whose deadline has passed: waiting ones certainly did nothing.
    void expire(Instant now);
    // The connection is gone: ends every written call.
    void end_written(std::string_view why);
    // Ends every waiting call: certainly nothing happened.
    void end_waiting(std::string_view why);

    std::size_t size() const { return written_.size() + waiting_.size(); }
    bool has_waiting() const { return !waiting_.empty(); }
    std::optional<Instant> oldest_written() const;
    Instant next_deadline(
    ) const;  // of the calls that are not answered; Instant::max() when there is none
    std::uint64_t late_replies() const { return late_replies_; }

private:
    struct Call {
        std::string bytes;  // "" once written
        CallKind kind;
        Deadline deadline;
        std::optional<Answer> answer;  // nullopt once answered
        Instant written_at;

        void end(Result<Reply> result);
    };

    std::deque<Call> written_;
    std::deque<Call> waiting_;
    std::uint64_t late_replies_ = 0;
};

}  // namespace sluice
