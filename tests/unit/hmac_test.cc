#include "base/hmac.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Hmac, MatchesTheTestVectorsOfRfc4231) {
    EXPECT_EQ(
        hex(HmacKey(std::string(20, '\x0b')).sign("Hi There")),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    );
    EXPECT_EQ(
        hex(HmacKey("Jefe").sign("what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    // A key longer than one block is hashed first.
    EXPECT_EQ(
        hex(HmacKey(std::string(131, '\xaa'))
                .sign("Test Using Larger Than Block-Size Key - Hash Key First")),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
}

TEST(Hmac, PartsAreSeparatedByTheirLengths) {
    const HmacKey key("secret");
    EXPECT_NE(key.sign_parts({"ab", "c"}), key.sign_parts({"a", "bc"}));
    EXPECT_NE(key.sign_parts({"abc"}), key.sign_parts({"abc", ""}));
    using namespace std::string_literals;
    EXPECT_EQ(key.sign_parts({"ab", "c"}), key.sign("\0\0\0\2ab\0\0\0\1c"s));
}

TEST(Hmac, SigningDoesNotWearTheKeyOut) {
    const HmacKey key("secret");
    const Mac first = key.sign("message");
    static_cast<void>(key.sign("another"));
    EXPECT_EQ(key.sign("message"), first);
}

TEST(Hmac, ComparesWholeStrings) {
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

TEST(Hmac, HexPrintsEveryByte) {
    using namespace std::string_literals;
    EXPECT_EQ(hex("\x00\x7f\xff"s), "007fff");
    EXPECT_EQ(hex(""), "");
}

TEST(Hmac, RandomBytesHaveTheAskedLengthAndDiffer) {
    EXPECT_EQ(random_bytes(0).size(), 0U);
    EXPECT_EQ(random_bytes(16).size(), 16U);
    EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace sluice
