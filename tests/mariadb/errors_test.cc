// What error numbers mean, as a table; free texts and written-out statements. No server.

#include "adapters/mariadb/errors.h"

#include <gtest/gtest.h>

#include "adapters/mariadb/sql_text.h"
#include "adapters/mariadb/texts.h"
#include "domain/retry_policy.h"

namespace sluice::maria {
namespace {

struct Meaning {
    unsigned number;
    Code working;
    Code committing;
    bool lost;
};

constexpr auto kUnknown = Code::kOutcomeUnknown;
constexpr std::array kTable{
    Meaning{1213, Code::kTransient, Code::kTransient, false},  // deadlock
    Meaning{1205, Code::kTransient, kUnknown, false},          // lock wait
    Meaning{1317, Code::kTransient, kUnknown, false},          // statement killed
    Meaning{1927, Code::kTransient, kUnknown, true},           // connection killed
    Meaning{2006, Code::kTransient, kUnknown, true},           // server gone
    Meaning{2013, Code::kTransient, kUnknown, true},           // connection lost
    Meaning{2002, Code::kTransient, kUnknown, true},           // refused
    Meaning{1062, Code::kPermanent, kUnknown, false},          // duplicate key
    Meaning{4025, Code::kPermanent, kUnknown, false},          // CHECK, MariaDB
    Meaning{3819, Code::kPermanent, kUnknown, false},          // CHECK, MySQL
    Meaning{1264, Code::kPermanent, kUnknown, false},          // out of range
    Meaning{1265, Code::kPermanent, kUnknown, false},          // not in the enumeration
    Meaning{1366, Code::kPermanent, kUnknown, false},          // not text
    Meaning{1406, Code::kPermanent, kUnknown, false},          // too long
    Meaning{1452, Code::kPermanent, kUnknown, false},          // foreign key
    Meaning{1040, Code::kUnavailable, kUnknown, false},        // too many connections
    Meaning{1053, Code::kUnavailable, kUnknown, true},         // shutting down
    Meaning{1290, Code::kUnavailable, kUnknown, false},        // read-only
    Meaning{1836, Code::kUnavailable, kUnknown, false},        // read-only, MySQL
    Meaning{1021, Code::kUnavailable, kUnknown, false},        // disk full
    Meaning{1114, Code::kUnavailable, kUnknown, false},        // table full
    Meaning{1045, Code::kUnavailable, kUnknown, false},        // wrong password
    Meaning{1146, Code::kUnavailable, kUnknown, false},        // not migrated
    Meaning{1054, Code::kInternal, kUnknown, false},           // unknown column: our mistake
    Meaning{1064, Code::kInternal, kUnknown, false},           // syntax: likewise
    Meaning{3101, Code::kTransient, Code::kTransient, false},  // group replication rolled back
};

TEST(MariaErrors, NumbersMeanWhatTheTableSays) {
    for (const auto& [number, working, committing, lost] : kTable) {
        EXPECT_EQ(code_of(number, Moment::kWorking), working) << number;
        EXPECT_EQ(code_of(number, Moment::kCommitting), committing) << number;
        EXPECT_EQ(code_of(number, Moment::kConnecting), Code::kUnavailable) << number;
        EXPECT_EQ(is_lost(number), lost) << number;
    }
}

// A mistake of ours, or a number that nobody has met yet, must not bury a single order.
TEST(MariaErrors, OnlyConstraintsArePermanent) {
    int permanent = 0;
    for (unsigned number = 1; number < 5'000; ++number) {
        const auto error = fail(code_of(number, Moment::kWorking));
        permanent += classify(error) == FailureClass::kPermanent ? 1 : 0;
        EXPECT_NE(error.code, Code::kOutcomeUnknown) << number;  // COMMIT was not sent
    }
    EXPECT_EQ(permanent, 17);
}

TEST(MariaTexts, BytesThatAreNotUtf8AreReplacedAndCharactersStayWhole) {
    EXPECT_EQ(fitting("caf\xc3\xa9"), "caf\xc3\xa9");
    EXPECT_EQ(fitting("\xe4\xb8\xad\xf0\x9f\x98\x80"), "\xe4\xb8\xad\xf0\x9f\x98\x80");
    EXPECT_EQ(fitting("a\xff\x80z"), "a??z");
    EXPECT_EQ(fitting("\xc0\xaf"), "??");            // overlong
    EXPECT_EQ(fitting("\xed\xa0\x80"), "???");       // half of a surrogate pair
    EXPECT_EQ(fitting("\xf4\x90\x80\x80"), "????");  // beyond Unicode
    EXPECT_EQ(fitting("\xe4\xb8"), "??");            // cut off
    EXPECT_EQ(fitting("ab\xc3\xa9z", 3), "ab");
    EXPECT_EQ(fitting("ab\xc3\xa9z", 4), "ab\xc3\xa9");
    EXPECT_EQ(fitting(std::string("a\0b", 3)).size(), 3U);
}

TEST(MariaSqlText, ValuesCannotBreakOut) {
    SqlText text;
    text.row(
        -7, BuyerId{"o'x\\"}, std::string_view("awaiting_payment"), std::string_view("a'; --")
    );
    EXPECT_EQ(text.text(), "(-7,x'6f27785c','awaiting_payment',_utf8mb4 x'61273b202d2d')");
    SqlText list;
    list.list(std::vector{SaleId{1}, SaleId{2}}).end();
    EXPECT_EQ(list.text(), "(1,2);");
    EXPECT_EQ(list.statements(), 1U);
    SqlText null;
    null.value(std::optional<WallTime>{}).sql(" ").value(std::optional{wall_from_ms(5)});
    EXPECT_EQ(null.text(), "NULL 5");
    SqlText nothing;
    nothing.value(std::string_view{}).value(Bytes{""});
    EXPECT_EQ(nothing.text(), "''x''");
}

}  // namespace
}  // namespace sluice::maria
