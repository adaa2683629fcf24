#include "adapters/http/json_reader.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

// What a handler that knows `quantity` (1..10), `note` and `at` says of a body: "ok", an error
// code, or field: detail.
std::string judge(std::string_view body) {
    auto reader = JsonReader::parse(body);
    if (!reader) return to_string(reader.error());
    const auto quantity = reader->integer("quantity", 1, 10);
    reader->text_or("note", 5, "");
    if (reader->has("at")) reader->time("at");
    const auto errors = reader->finish();
    if (!errors.empty()) return errors.front().field + ": " + errors.front().detail;
    return quantity ? "ok" : "?";
}

TEST(JsonReader, AcceptsAFlatObject) {
    EXPECT_EQ(judge(R"({"quantity":1})"), "ok");
    EXPECT_EQ(judge(" \r\n{ \"quantity\" : 10 , \"note\" : \"a\\u00e9\" }\n "), "ok");
    EXPECT_EQ(judge(R"({"quantity":2,"note":null})"), "ok");
    EXPECT_EQ(judge(R"({"quantity":2,"at":"2026-11-22T08:00:00+08:00"})"), "ok");
}

TEST(JsonReader, TakesOnlyPlainIntegerLiterals) {
    const std::string plain = "quantity: must be a plain integer literal";
    for (const char* literal : {"1.5", "1.0", "1e1", "1E0", "\"1\"", "true", "10e-1"}) {
        EXPECT_EQ(judge("{\"quantity\":" + std::string{literal} + "}"), plain) << literal;
    }
}

TEST(JsonReader, NamesTheRangeOfIntegersOutsideIt) {
    const std::string range = "quantity: must be an integer from 1 to 10";
    for (const char* literal :
         {"0", "-1", "11", "9223372036854775808", "18446744073709551616",
          "123456789012345678901234567890123456789"}) {
        EXPECT_EQ(judge("{\"quantity\":" + std::string{literal} + "}"), range) << literal;
    }
}

TEST(JsonReader, RefusesFieldsThatAreMissingUnknownOrRepeated) {
    EXPECT_EQ(judge("{}"), "quantity: is required");
    EXPECT_EQ(judge(R"({"quantity":null})"), "quantity: is required");
    EXPECT_EQ(
        judge(R"({"quantity":1,"quantity":1})"), "bad_request: field \"quantity\" appears twice"
    );
    EXPECT_EQ(
        judge(R"({"quantity":1,"quantiy":1})"), "quantiy: unknown field; did you mean \"quantity\"?"
    );
    EXPECT_EQ(judge(R"({"quantity":1,"zzz":1})"), "zzz: unknown field");
}

TEST(JsonReader, RefusesWrongTypesAndLengths) {
    EXPECT_EQ(judge(R"({"quantity":1,"note":7})"), "note: must be a string");
    EXPECT_EQ(judge(R"({"quantity":1,"note":"123456"})"), "note: must have 0 to 5 bytes");
    EXPECT_EQ(judge(R"({"quantity":1,"note":"\u0000"})"), "note: must not contain NUL");
    EXPECT_EQ(
        judge(R"({"quantity":1,"at":"tomorrow"})"),
        "at: must be a time as in RFC 3339, e.g. 2026-11-22T08:00:00Z"
    );
}

TEST(JsonReader, RefusesNestingWithTheFieldNamed) {
    EXPECT_EQ(
        judge(R"({"quantity":{}})"), "invalid_field: quantity: must not be an object or an array"
    );
    EXPECT_EQ(
        judge(R"({"quantity":[1]})"), "invalid_field: quantity: must not be an object or an array"
    );
}

TEST(JsonReader, RefusesWhatIsNotOneObject) {
    for (const char* body : {"[]", "1", "\"x\"", "null", "true"}) {
        EXPECT_EQ(judge(body), "bad_request: the body must be one JSON object") << body;
    }
    for (const char* body : {"", " ", "{", "{\"quantity\":1", "{\"quantity\":"}) {
        EXPECT_EQ(judge(body), "bad_request: the JSON text ends too early") << body;
    }
    for (const char* body : {"{\"quantity\":1}x", "{\"quantity\":1}{}", "{\"quantity\":1},"}) {
        EXPECT_EQ(judge(body), "bad_request: unexpected characters after the JSON object") << body;
    }
}

TEST(JsonReader, RefusesWhatIsNotJson) {
    for (const char* body :
         {"{quantity:1}", "{\"quantity\":1,}", "{\"quantity\":01}", "{\"quantity\":+1}", "{'a':1}",
          "{\"a\":\"\xff\"}", "/**/{}", "{\"quantity\":NaN}", "\xef\xbb\xbf{}"}) {
        EXPECT_TRUE(judge(body).starts_with("bad_request: ")) << body << " " << judge(body);
    }
}

TEST(JsonReader, BoundsTheNumberOfFields) {
    std::string body = "{\"quantity\":1";
    for (int i = 0; i < 100; ++i) body += ",\"f" + std::to_string(i) + "\":1";
    EXPECT_EQ(judge(body + "}"), "bad_request: too many fields");
}

TEST(JsonReader, ReportsEveryWrongField) {
    auto reader = JsonReader::parse(R"({"a":"x","b":1})");
    ASSERT_TRUE(reader.ok());
    reader->integer("a", 1, 2);
    reader->text("c", 1, 2);
    EXPECT_EQ(reader->finish().size(), 3U);  // a wrong, c missing, b unknown
}

}  // namespace
}  // namespace sluice::http
