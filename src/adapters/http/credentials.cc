#include "adapters/http/credentials.h"

#include <charconv>

#include "adapters/http/base64url.h"
#include "base/check.h"

namespace sluice::http {
namespace {

constexpr std::string_view kTokenPrefix = "slb1.";
constexpr std::size_t kTokenBytesMax = 256;

std::string_view view(const Mac& mac) {
    return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}

std::int64_t seconds_of(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    constexpr std::int64_t kYear9999 = 253'402'300'799;
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || value < 0 ||
        value > kYear9999) {
        return std::nullopt;
    }
    return value;
}

std::vector<HmacKey> keys_of(const std::vector<std::string>& secrets) {
    std::vector<HmacKey> keys;
    keys.reserve(secrets.size());
    for (const std::string& secret : secrets) keys.emplace_back(secret);
    return keys;
}

// Tries every key, so that the time taken does not tell which one matched.
bool any_signed(const std::vector<HmacKey>& keys, std::string_view message, std::string_view mac) {
    bool found = false;
    for (const HmacKey& key : keys) found |= equal_in_constant_time(view(key.sign(message)), mac);
    return found;
}

}  // namespace

TokenAuthority::TokenAuthority(const std::vector<std::string>& secrets) : keys_(keys_of(secrets)) {
    SLUICE_CHECK(!keys_.empty());
}

std::string TokenAuthority::issue(const BuyerId& buyer, WallTime expires) const {
    SLUICE_CHECK(!buyer.value().empty() && buyer.value().size() <= kBuyerIdBytesMax);
    std::string token{kTokenPrefix};
    token.append(base64url_encode(buyer.value()))
        .append(".")
        .append(std::to_string(seconds_of(expires)));
    const Mac mac = keys_.front().sign(token);
    return token.append(".").append(base64url_encode(view(mac)));
}

Result<BuyerId> TokenAuthority::verify(std::string_view token, WallTime now) const {
    const std::size_t last_dot = token.rfind('.');
    if (token.size() > kTokenBytesMax || !token.starts_with(kTokenPrefix) ||
        last_dot < kTokenPrefix.size()) {
        return fail(Code::kUnauthorized, "not a buyer token");
    }
    const std::string_view signed_part = token.substr(0, last_dot);
    const auto mac = base64url_decode(token.substr(last_dot + 1));
    if (!mac || !any_signed(keys_, signed_part, *mac))
        return fail(Code::kUnauthorized, "the token is not valid");

    const std::string_view claims = signed_part.substr(kTokenPrefix.size());
    const std::size_t dot = claims.find('.');
    const auto buyer = base64url_decode(claims.substr(0, dot));
    const auto expires =
        dot == std::string_view::npos ? std::nullopt : parse_seconds(claims.substr(dot + 1));
    if (!buyer || buyer->empty() || buyer->size() > kBuyerIdBytesMax || !expires) {
        return fail(Code::kUnauthorized, "the token is malformed");
    }
    if (seconds_of(now) >= *expires) return fail(Code::kUnauthorized, "the token has expired");
    return BuyerId{*buyer};
}

std::string_view to_string(Role role) {
    switch (role) {
        case Role::kViewer:
            return "viewer";
        case Role::kOperator:
            return "operator";
        case Role::kAdmin:
            return "admin";
    }
    return "";
}

std::optional<Role> parse_role(std::string_view text) {
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
        if (to_string(role) == text) return role;
    }
    return std::nullopt;
}

AdminTokens::AdminTokens(const std::vector<AdminToken>& tokens) : key_(random_bytes(32)) {
    for (const AdminToken& token : tokens) {
        SLUICE_CHECK(!token.token.empty());
        Entry entry;
        entry.identity.name = token.name;
        entry.identity.role = token.role;
        entry.mac = key_.sign(token.token);
        entries_.push_back(std::move(entry));
    }
}

std::optional<AdminIdentity> AdminTokens::find(std::string_view token) const {
    const Mac mac = key_.sign(token);
    std::optional<AdminIdentity> found;
    for (const Entry& entry : entries_) {
        if (equal_in_constant_time(view(entry.mac), view(mac))) found = entry.identity;
    }
    return found;
}

PaymentSignatures::PaymentSignatures(const std::vector<std::string>& secrets)
    : keys_(keys_of(secrets)) {}

std::string PaymentSignatures::sign(std::string_view body, WallTime at) const {
    SLUICE_CHECK(!keys_.empty());
    const std::string seconds = std::to_string(seconds_of(at));
    const Mac mac = keys_.front().sign(seconds + "." + std::string{body});
    return "t=" + seconds + ",v1=" + hex(mac);
}

Result<Done> PaymentSignatures::verify(std::string_view header, std::string_view body, WallTime now)
    const {
    std::string_view stamp;
    std::vector<std::string_view> signatures;
    while (!header.empty()) {
        const std::string_view part = header.substr(0, header.find(','));
        header.remove_prefix(std::min(header.size(), part.size() + 1));
        if (part.starts_with("t=") && stamp.empty()) stamp = part.substr(2);
        if (part.starts_with("v1=")) signatures.push_back(part.substr(3));
    }
    const auto seconds = parse_seconds(stamp);
    if (!seconds || signatures.empty() || signatures.size() > 8) {
        return fail(Code::kBadSignature, "Sluice-Signature must be t=<unix seconds>,v1=<hex>");
    }
    const std::string message = std::string{stamp} + "." + std::string{body};
    bool found = false;
    for (const HmacKey& key : keys_) {
        const std::string expected = hex(key.sign(message));
        for (const std::string_view given : signatures)
            found |= equal_in_constant_time(expected, given);
    }
    if (!found) return fail(Code::kBadSignature);
    const std::chrono::seconds age{seconds_of(now) - *seconds};
    if (age > kTolerance || age < -kTolerance)
        return fail(Code::kBadSignature, "the signature's time is too far off");
    return Done{};
}

}  // namespace sluice::http
