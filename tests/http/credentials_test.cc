#include "adapters/http/credentials.h"

#include <gtest/gtest.h>

#include "adapters/http/base64url.h"
#include "adapters/http/rate_limit.h"
#include "adapters/http/request_fields.h"

namespace sluice::http {
namespace {

constexpr WallTime kNow = wall_from_ms(1'800'000'000'000);

TEST(Base64Url, ReadsBackWhatItWrote) {
    for (std::size_t length = 0; length < 70; ++length) {
        std::string bytes;
        for (std::size_t i = 0; i < length; ++i)
            bytes.push_back(static_cast<char>(i * 37 + length));
        EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    }
    EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
}

TEST(Base64Url, AcceptsOnlyTheCanonicalText) {
    for (const char* text : {"A", "-_9", "-_8=", "+/8", "-_8 ", "AAAAA"})
        EXPECT_FALSE(base64url_decode(text)) << text;
}

TEST(TokenAuthority, KnowsItsOwnTokens) {
    const TokenAuthority tokens{{"secret"}};
    const std::string token = tokens.issue(BuyerId{"b.1"}, kNow + Millis{1'000});
    EXPECT_TRUE(token.starts_with("slb1."));
    EXPECT_EQ(tokens.verify(token, kNow)->value(), "b.1");
}

TEST(TokenAuthority, RefusesExpiredTokens) {
    const TokenAuthority tokens{{"secret"}};
    const std::string token = tokens.issue(BuyerId{"b"}, kNow);
    EXPECT_TRUE(tokens.verify(token, kNow - Millis{1}).ok());
    EXPECT_EQ(tokens.verify(token, kNow).error().code, Code::kUnauthorized);
}

TEST(TokenAuthority, RefusesEveryChangedByte) {
    const TokenAuthority tokens{{"secret"}};
    const std::string token = tokens.issue(BuyerId{"buyer"}, kNow + Millis{1'000});
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(tokens.verify(changed, kNow).ok()) << changed;
        EXPECT_FALSE(tokens.verify(token.substr(0, i), kNow).ok());
    }
    EXPECT_FALSE(TokenAuthority{{"other"}}.verify(token, kNow).ok());
    EXPECT_FALSE(tokens.verify(token + "A", kNow).ok());
}

TEST(TokenAuthority, AcceptsOlderSecretsWhileTheyAreConfigured) {
    const std::string token = TokenAuthority{{"old"}}.issue(BuyerId{"b"}, kNow + Millis{1'000});
    EXPECT_TRUE((TokenAuthority{{"new", "old"}}.verify(token, kNow).ok()));
}

TEST(AdminTokens, FindsTheOwnerOfAToken) {
    AdminToken viewer{"ana", Role::kViewer, "t1"};
    AdminToken admin{"bo", Role::kAdmin, "t2"};
    const AdminTokens tokens{{viewer, admin}};
    EXPECT_EQ(tokens.find("t2")->name, "bo");
    EXPECT_EQ(tokens.find("t1")->role, Role::kViewer);
    EXPECT_FALSE(tokens.find("t3"));
    EXPECT_FALSE(tokens.find(""));
}

TEST(PaymentSignatures, AcceptsWhatTheProviderSigned) {
    const PaymentSignatures provider{{"s1"}};
    const PaymentSignatures us{{"s2", "s1"}};
    EXPECT_TRUE(us.verify(provider.sign("{}", kNow), "{}", kNow).ok());
}

TEST(PaymentSignatures, RefusesOtherBodiesTimesAndSecrets) {
    const PaymentSignatures signer{{"s1"}};
    const std::string header = signer.sign("{}", kNow);
    EXPECT_FALSE(signer.verify(header, "{ }", kNow).ok());
    EXPECT_FALSE(PaymentSignatures{{"s2"}}.verify(header, "{}", kNow).ok());
    EXPECT_FALSE(PaymentSignatures{{}}.verify(header, "{}", kNow).ok());
    EXPECT_TRUE(signer.verify(header, "{}", kNow + Millis{300'000}).ok());
    EXPECT_FALSE(signer.verify(header, "{}", kNow + Millis{301'000}).ok());
    EXPECT_FALSE(signer.verify(header, "{}", kNow - Millis{301'000}).ok());
    for (const char* bad : {"", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=", ",,,", "t=1800000000"}) {
        EXPECT_EQ(signer.verify(bad, "{}", kNow).error().code, Code::kBadSignature) << bad;
    }
}

TEST(IdempotencyKey, IsTheSameBareAndQuoted) {
    EXPECT_EQ(*parse_idempotency_key("abc"), "abc");
    EXPECT_EQ(*parse_idempotency_key("\"abc\""), "abc");
    EXPECT_EQ(*parse_idempotency_key(R"("a\"b\\c")"), "a\"b\\c");
    EXPECT_EQ(parse_idempotency_key(std::string(255, 'k'))->size(), 255U);
}

TEST(IdempotencyKey, RefusesTheMalformed) {
    for (const std::string& bad :
         {std::string{}, std::string(256, 'k'), std::string{"\""}, std::string{"\"\""},
          std::string{"\"a"}, std::string{"\"a\"b"}, std::string{"\"a\\x\""}, std::string{"a\tb"},
          std::string{"\xc3\xa9"}}) {
        EXPECT_EQ(parse_idempotency_key(bad).error().code, Code::kBadRequest) << bad;
    }
}

TEST(Wait, IsReadAndCut) {
    EXPECT_EQ(parse_wait("5s"), Millis{5'000});
    EXPECT_EQ(parse_wait("250ms"), Millis{250});
    EXPECT_EQ(parse_wait("4000000000s"), kWaitMax);
    EXPECT_EQ(parse_wait(""), Millis{0});
    for (const char* bad : {"5", "s", "-1s", "5 s", "5m", "5sx", "99999999999s", "1.5s"})
        EXPECT_FALSE(parse_wait(bad)) << bad;
}

TEST(Ids, ArePositiveAndInRange) {
    EXPECT_EQ(parse_sale_id("4294967295")->value(), 4294967295U);
    for (const char* bad :
         {"0", "01", "-1", "+1", "4294967296", "", "1x", "99999999999999999999"}) {
        EXPECT_FALSE(parse_sale_id(bad)) << bad;
    }
}

TEST(RateLimiter, GivesBurstThenRate) {
    RateLimit limit;
    limit.per_second = 2;
    limit.burst = 3;
    RateLimiter limiter{limit};
    Instant now{std::chrono::seconds{100}};
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a", now));
    EXPECT_EQ(limiter.take("a", now), std::chrono::seconds{1});
    EXPECT_FALSE(limiter.take("b", now));  // another caller has a bucket of its own
    now += Millis{500};
    EXPECT_FALSE(limiter.take("a", now));
    EXPECT_TRUE(limiter.take("a", now));
}

TEST(RateLimiter, StaysBoundedAndMoreGenerousWhenCrowded) {
    RateLimit limit;
    limit.per_second = 0.001;
    limit.burst = 1;
    limit.buckets = 8;
    RateLimiter limiter{limit};
    const Instant now{std::chrono::seconds{1}};
    for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(limiter.take("caller" + std::to_string(i), now));
}

}  // namespace
}  // namespace sluice::http
