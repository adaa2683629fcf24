#include "adapters/redis/cache_codec.h"

#include <charconv>
#include <utility>

namespace sluice {
namespace {

using cache::Acquired;
using cache::AcquireVerdict;
using cache::Committed;
using cache::CommitVerdict;

constexpr Millis kTick{1};  // the server rounds down

// Takes a number and the one character behind it off the front.
bool take_number(std::string_view& text, std::int64_t& number) {
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || at == end || *at != ' ' || number < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
    return true;
}

std::optional<std::int64_t> number_at(const Reply& reply, std::size_t index) {
    if (index >= reply.items.size()) return std::nullopt;
    return parse_whole(reply.items[index].text);
}

}  // namespace

void ServerTime::observe(Instant sent, std::int64_t server_ms) {
    const auto ahead = Millis{server_ms} + kTick - sent.time_since_epoch();
    const bool loose = observed_ && ahead > ahead_ && sent - *observed_ < kReplace;
    if (loose) return;
    observed_ = sent;
    ahead_ = ahead;
}

Instant ServerTime::to_instant(std::int64_t server_ms) const {
    return Instant{Millis{server_ms} - ahead_};
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || at != end || number < 0) return std::nullopt;
    return number;
}

std::optional<cache::StoredValue> parse_cached(std::string_view text, const ServerTime& time) {
    std::int64_t ticket = 0;
    std::int64_t seq = 0;
    std::int64_t soft = 0;
    std::int64_t hard = 0;
    std::int64_t load = 0;
    const bool numbers = take_number(text, ticket) && take_number(text, seq) &&
                         take_number(text, soft) && take_number(text, hard) &&
                         take_number(text, load);
    if (!numbers || text.size() < 2 || text[1] != '\n' || (text[0] != 'v' && text[0] != 'n'))
        return std::nullopt;
    cache::StoredValue value;
    value.seq = static_cast<std::uint64_t>(seq);
    value.ticket = static_cast<std::uint64_t>(ticket);
    value.soft = time.to_instant(soft);
    value.hard = time.to_instant(hard);
    value.load = Millis{load};
    value.null = text[0] == 'n';
    value.payload = text.substr(2);
    return value;
}

std::optional<Acquired> parse_acquired(
    const Reply& reply, cache::AcquireRequest& request, const ServerTime& time
) {
    if (reply.items.empty()) return std::nullopt;
    const std::string& verdict = reply.items[0].text;
    Acquired acquired;
    if (verdict == "acquired") {
        const auto ticket = number_at(reply, 2);
        const auto seq = number_at(reply, 3);
        if (!ticket || !seq) return std::nullopt;
        acquired.verdict = AcquireVerdict::kAcquired;
        acquired.lease.key = std::move(request.key);
        acquired.lease.owner = std::move(request.owner);
        acquired.lease.generation = reply.items[1].text;
        acquired.lease.ticket = static_cast<std::uint64_t>(*ticket);
        acquired.lease.seq = static_cast<std::uint64_t>(*seq);
        return acquired;
    }
    if (verdict == "fresh" && reply.items.size() == 2) {
        acquired.verdict = AcquireVerdict::kFresh;
        acquired.value = parse_cached(reply.items[1].text, time);
        if (!acquired.value) return std::nullopt;
        return acquired;
    }
    const auto wait = number_at(reply, 1);
    if (!wait || (verdict != "busy" && verdict != "backoff")) return std::nullopt;
    acquired.verdict = verdict == "busy" ? AcquireVerdict::kBusy : AcquireVerdict::kBackingOff;
    acquired.wait = Millis{*wait};
    return acquired;
}

std::optional<Committed> parse_committed(const Reply& reply, const ServerTime& time) {
    if (reply.items.empty()) return std::nullopt;
    const std::string& verdict = reply.items[0].text;
    Committed committed;
    if (verdict == "stored") {
        const auto soft = number_at(reply, 1);
        const auto hard = number_at(reply, 2);
        if (!soft || !hard) return std::nullopt;
        committed.verdict = CommitVerdict::kStored;
        committed.soft = time.to_instant(*soft);
        committed.hard = time.to_instant(*hard);
        return committed;
    }
    if (verdict == "generation")
        committed.verdict = CommitVerdict::kGenerationChanged;
    else if (verdict == "ticket")
        committed.verdict = CommitVerdict::kTicketOlder;
    else if (verdict == "missing")
        committed.verdict = CommitVerdict::kMetaMissing;
    else
        return std::nullopt;
    return committed;
}

std::optional<FeedMessage> parse_feed(std::string_view text) {
    if (text.size() < 3 || text[1] != ' ') return std::nullopt;
    const char kind = text[0];
    std::string_view rest = text.substr(2);
    FeedMessage message;
    if (kind == 'h') {
        const auto last = parse_whole(rest);
        if (!last) return std::nullopt;
        message.number = static_cast<std::uint64_t>(*last);
        return message;
    }
    std::int64_t number = 0;
    if (kind != 'i' || !take_number(rest, number)) return std::nullopt;
    message.number = static_cast<std::uint64_t>(number);
    message.key = rest;
    return message;
}

}  // namespace sluice
