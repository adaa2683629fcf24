#pragma once
// Who is asking. Buyers carry tokens signed by this platform, operators carry opaque random ones,
// and the payment provider signs its notifications. All are thread-safe after construction; all
// comparisons of secrets are constant-time; nothing here reads a clock.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hmac.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace sluice::http {

// Buyer tokens: slb1.<base64url buyer>.<expiry, unix seconds>.<base64url HMAC-SHA256 of everything
// before the last dot>.
class TokenAuthority {
public:
    // At least one secret; the first signs, all verify (rotation).
    explicit TokenAuthority(const std::vector<std::string>& secrets);

    // The buyer must have 1..64 bytes.
    std::string issue(const BuyerId& buyer, WallTime expires) const;
    // Errors: kUnauthorized.
    Result<BuyerId> verify(std::string_view token, WallTime now) const;

private:
    std::vector<HmacKey> keys_;
};

enum class Role : std::uint8_t {
    kViewer,
    kOperator,
    kAdmin
};  // each may do what the ones before it may
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

struct AdminToken {
    std::string name;  // recorded as the actor of every action
    Role role = Role::kViewer;
    std::string token;
};
struct AdminIdentity {
    std::string name;
    Role role = Role::kViewer;
};

class AdminTokens {
public:
    explicit AdminTokens(const std::vector<AdminToken>& tokens);
    std::optional<AdminIdentity> find(std::string_view token) const;

private:
    struct Entry {
        AdminIdentity identity;
        Mac mac{};  // of the token, under a key of this process: equal lengths, nothing to steal
                    // from memory
    };
    HmacKey key_;
    std::vector<Entry> entries_;
};

// Header Sluice-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256("<t>.<body>")>[,v1=…].
class PaymentSignatures {
public:
    // Any number of secrets; with none every notification is refused.
    explicit PaymentSignatures(const std::vector<std::string>& secrets);

    // With the first secret, of which there must be one: for payment simulators and tests.
    std::string sign(std::string_view body, WallTime at) const;
    // Errors: kBadSignature, with what is wrong.
    Result<Done> verify(std::string_view header, std::string_view body, WallTime now) const;

    static constexpr std::chrono::seconds kTolerance{300};

private:
    std::vector<HmacKey> keys_;
};

}  // namespace sluice::http
