#include "adapters/redis/call_queue.h"

#include <algorithm>

namespace sluice {

void CallQueue::Call::end(Result<Reply> result) {
    if (!answer) return;
    Answer waiting = std::move(*answer);
    answer.reset();
    waiting(std::move(result));
}

void CallQueue::add(std::string bytes, CallKind kind, Deadline deadline, Answer answer) {
    SLUICE_CHECK(!bytes.empty());
    waiting_.push_back({std::move(bytes), kind, deadline, std::move(answer), Instant{}});
}

std::string CallQueue::take_waiting(Instant now) {
    std::string bytes;
    std::size_t size = 0;
    for (const Call& call : waiting_) size += call.bytes.size();
    bytes.reserve(size);
    for (Call& call : waiting_) {
        bytes += call.bytes;
        call.bytes = {};
        call.written_at = now;
        written_.push_back(std::move(call));
    }
    waiting_.clear();
    return bytes;
}

bool CallQueue::reply(Reply reply) {
    if (written_.empty()) return false;
    Call call = std::move(written_.front());
    written_.pop_front();
    if (!call.answer) ++late_replies_;
    call.end(std::move(reply));
    return true;
}

void CallQueue::expire(Instant now) {
    for (Call& call : written_) {
        if (call.answer && call.deadline.passed(now)) {
            call.end(lost_reply(call.kind, "the deadline passed"));
        }
    }
    for (Call& call : waiting_) {
        if (call.deadline.passed(now)) {
            call.end(fail(Code::kUnavailable, "redis: not sent before the deadline"));
        }
    }
    std::erase_if(waiting_, [](const Call& call) { return !call.answer; });
}

void CallQueue::end_written(std::string_view why) {
    for (Call& call : written_) call.end(lost_reply(call.kind, why));
    written_.clear();
}

void CallQueue::end_waiting(std::string_view why) {
    for (Call& call : waiting_) {
        call.end(fail(Code::kUnavailable, "redis: not sent: " + std::string(why)));
    }
    waiting_.clear();
}

std::optional<Instant> CallQueue::oldest_written() const {
    if (written_.empty()) return std::nullopt;
    return written_.front().written_at;
}

Instant CallQueue::next_deadline() const {
    Instant earliest = Instant::max();
    for (const auto* calls : {&written_, &waiting_}) {
        for (const Call& call : *calls) {
            if (call.answer) earliest = std::min(earliest, call.deadline.at);
        }
    }
    return earliest;
}

}  // namespace sluice
