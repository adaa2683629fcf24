#include "adapters/rabbitmq/confirm_book.h"

namespace sluice {

std::uint64_t ConfirmBook::sent(std::uint64_t ends_at, Instant until) {
    const auto tag = next_tag_++;
    waiting_.emplace(tag, Waiting{ends_at, until, std::nullopt});
    deadlines_.emplace(until, tag);
    return tag;
}

void ConfirmBook::returned(std::uint64_t tag, std::string why) {
    const auto found = waiting_.find(tag);
    if (found != waiting_.end()) found->second.returned = std::move(why);
}

ConfirmBook::Settlements ConfirmBook::settle(std::uint64_t tag, bool multiple, bool stored) {
    Settlements settled;
    // A tag of 0 with `multiple` means everything so far (AMQP 0-9-1, basic.ack).
    const bool all = multiple && tag == 0;
    auto at = multiple ? waiting_.begin() : waiting_.lower_bound(tag);
    while (at != waiting_.end() && (all || at->first <= tag)) {
        auto& [number, waiting] = *at;
        deadlines_.erase({waiting.until, number});
        if (!stored) {
            settled.push_back({number, Fate::kRefused, {}});
        } else if (waiting.returned) {
            settled.push_back({number, Fate::kReturned, std::move(*waiting.returned)});
        } else {
            settled.push_back({number, Fate::kConfirmed, {}});
        }
        at = waiting_.erase(at);
    }
    return settled;
}

ConfirmBook::Settlements ConfirmBook::expire(Instant now) {
    Settlements settled;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const auto tag = deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        waiting_.erase(tag);
        settled.push_back({tag, Fate::kUnknown, "no confirm in time"});
    }
    return settled;
}

ConfirmBook::Settlements ConfirmBook::lost(std::uint64_t written) {
    Settlements settled;
    for (const auto& [tag, waiting] : waiting_) {
        const bool whole = waiting.ends_at <= written;
        settled.push_back({tag, whole ? Fate::kUnknown : Fate::kNotSent, "the connection was lost"}
        );
    }
    waiting_.clear();
    deadlines_.clear();
    return settled;
}

std::optional<Instant> ConfirmBook::next_deadline() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.begin()->first;
}

}  // namespace sluice
