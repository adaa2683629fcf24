#include "adapters/redis/reply.h"

#include <gtest/gtest.h>

#include "adapters/redis/gate_codec.h"
#include "adapters/redis/reply_error.h"
#include "redis/samples.h"

namespace sluice {
namespace {

TEST(Reply, IsReadFromAnyPiecesOfBytes) {
    const std::string bytes = "*4\r\n$3\r\na\r\n\r\n:-7\r\n$-1\r\n*1\r\n+OK\r\n-ERR no\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        ReplyReader reader;
        std::vector<Reply> replies;
        for (std::size_t from = 0; from < bytes.size(); from += piece) {
            reader.feed(std::string_view(bytes).substr(from, piece));
            for (;;) {
                auto next = reader.next();
                ASSERT_TRUE(next.ok());
                if (!next->has_value()) break;
                replies.push_back(std::move(**next));
            }
        }
        ASSERT_EQ(replies.size(), 2U);
        ASSERT_EQ(replies[0].items.size(), 4U);
        EXPECT_EQ(replies[0].items[0].text, "a\r\n");
        EXPECT_EQ(replies[0].items[1].number, -7);
        EXPECT_EQ(replies[0].items[2].kind, Reply::Kind::kNil);
        EXPECT_TRUE(replies[0].items[3].items.at(0).is_text("OK"));
        EXPECT_EQ(replies[1].kind, Reply::Kind::kError);
        EXPECT_EQ(replies[1].text, "ERR no");
    }
}

TEST(Reply, OfAnotherProtocolIsAnError) {
    ReplyReader reader;
    reader.feed("HTTP/1.1 400 Bad Request\r\n\r\n");
    EXPECT_FALSE(reader.next().ok());
}

TEST(Reply, CommandsCarryAnyBytes) {
    const std::string zero("\0\r\n", 3);
    EXPECT_EQ(
        format_command({"SET", "", zero}), "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$3\r\n" + zero + "\r\n"
    );
}

TEST(ReplyError, SaysWhatMayHaveHappened) {
    struct Row {
        const char* text;
        Code of_write;
        Code of_read;
    };
    const Row rows[] = {
        {"BADARG quantity", Code::kInvalidField, Code::kInvalidField},
        {"BROKEN held", Code::kUnavailable, Code::kUnavailable},
        {"LOADING Redis is loading the dataset in memory", Code::kUnavailable, Code::kUnavailable},
        {"READONLY You can't write against a read only replica. script: 1a, on @user_script:9.",
         Code::kUnavailable, Code::kUnavailable},
        {"MASTERDOWN Link with MASTER is down", Code::kUnavailable, Code::kUnavailable},
        {"OOM command not allowed when used memory > 'maxmemory'.", Code::kUnavailable,
         Code::kUnavailable},
        {"MISCONF Errors writing to the AOF file: No space left", Code::kUnavailable,
         Code::kUnavailable},
        {"BUSY Redis is busy running a script.", Code::kUnavailable, Code::kUnavailable},
        {"NOAUTH Authentication required.", Code::kUnavailable, Code::kUnavailable},
        // Redis 6 wraps what a command inside a script said.
        {"ERR Error running script (call to f_1a): @user_script:9: @user_script: 9: -OOM command "
         "not",
         Code::kUnavailable, Code::kUnavailable},
        // In the middle of a script: what came before stays.
        {"WRONGTYPE Operation against a key holding the wrong kind of value", Code::kOutcomeUnknown,
         Code::kUnavailable},
        {"NOPERM this user has no permissions to run the 'zadd' command", Code::kOutcomeUnknown,
         Code::kUnavailable},
        {"ERR user_script:12: attempt to index a nil value", Code::kOutcomeUnknown,
         Code::kUnavailable},
        {"", Code::kOutcomeUnknown, Code::kUnavailable},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(error_of(row.text, CallKind::kWrite).code, row.of_write) << row.text;
        EXPECT_EQ(error_of(row.text, CallKind::kRead).code, row.of_read) << row.text;
    }
    EXPECT_TRUE(is_noscript("NOSCRIPT No matching script. Please use EVAL."));
    EXPECT_FALSE(is_noscript("ERR NOSCRIPT"));
}

TEST(GateCodec, RowsKeepEverything) {
    for (const char* buyer : {"ann", "a b 3 ", "\xff\n", " "}) {
        const AcceptedOrder order{
            order_id(1), BuyerId{buyer}, 3, wall_from_ms(1'800'000'000'123), sample_terms()};
        const HeldOrder held{order, WallTime{}, 4};
        const auto parsed = parse_row(order.order, row_of(held));
        ASSERT_TRUE(parsed.has_value()) << row_of(held);
        EXPECT_EQ(parsed->order, order);
        EXPECT_EQ(parsed->claims, 4);
    }
}

TEST(GateCodec, NeverTrustsAServersAnswer) {
    for (const char* row :
         {"", "1", "1 2 0 1000 CNY 5", "1 2 0 1000 CNY 5 ", "x 2 0 1000 CNY 5 ann",
          "1 2 0 1000 cny 5 ann", "1.5 2 0 1000 CNY 5 ann"}) {
        EXPECT_FALSE(parse_row(order_id(1), row).has_value()) << row;
    }
    for (const char* entry : {"", "h", "x1", "s1x", "s-"}) {
        EXPECT_FALSE(parse_entry(order_id(1), entry).has_value()) << entry;
    }
    const std::vector<ReserveRequest> requests{request_of(1, "ann")};
    const auto text = [](const char* said) {
        Reply item;
        item.kind = Reply::Kind::kText;
        item.text = said;
        return item;
    };
    Reply reply;
    reply.kind = Reply::Kind::kArray;
    EXPECT_FALSE(parse_reserve(reply, requests).has_value());
    reply.items = {text("ok"), text("3"), text("1800000000000")};
    EXPECT_FALSE(parse_reserve(reply, requests).has_value()) << "a verdict is missing";
    for (const char* verdict : {"", "x", "l", "o-x", "h", "h1 2"}) {
        reply.items.resize(3);
        reply.items.push_back(text(verdict));
        EXPECT_FALSE(parse_reserve(reply, requests).has_value()) << verdict;
    }
    reply.items.back() = text("a");
    ASSERT_TRUE(parse_reserve(reply, requests).has_value());
    reply.items[1] = text("three");
    EXPECT_FALSE(parse_reserve(reply, requests).has_value());
}

}  // namespace
}  // namespace sluice
