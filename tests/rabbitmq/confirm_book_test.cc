// Confirm bookkeeping without a broker: every fate, once each, whatever the order of the answers.

#include "adapters/rabbitmq/confirm_book.h"

#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"

namespace sluice {
namespace {

constexpr Instant at(std::int64_t ms) { return Instant{} + Millis{ms}; }

std::string text(const ConfirmBook::Settlements& settlements) {
    constexpr const char* kNames[] = {"confirmed", "returned", "refused", "not_sent", "unknown"};
    std::string all;
    for (const auto& settled : settlements) {
        all += (all.empty() ? "" : " ") + std::to_string(settled.tag) + ":" +
               kNames[static_cast<std::size_t>(settled.fate)];
    }
    return all;
}

ConfirmBook with_messages(std::uint64_t count) {
    ConfirmBook book;
    for (std::uint64_t i = 1; i <= count; ++i) EXPECT_EQ(book.sent(i * 100, at(1'000)), i);
    return book;
}

TEST(ConfirmBook, SingleAckConfirmsOnlyItsMessage) {
    auto book = with_messages(3);
    EXPECT_EQ(text(book.acked(2, false)), "2:confirmed");
    EXPECT_EQ(book.outstanding(), 2U);
}

TEST(ConfirmBook, MultipleAckConfirmsAllBefore) {
    auto book = with_messages(5);
    EXPECT_EQ(text(book.acked(2, false)), "2:confirmed");
    EXPECT_EQ(text(book.acked(4, true)), "1:confirmed 3:confirmed 4:confirmed");
    EXPECT_EQ(book.outstanding(), 1U);
}

TEST(ConfirmBook, MultipleAckOfZeroConfirmsEverything) {
    auto book = with_messages(3);
    EXPECT_EQ(text(book.acked(0, true)), "1:confirmed 2:confirmed 3:confirmed");
}

TEST(ConfirmBook, ReturnedMessageIsNotConfirmedByItsAck) {
    auto book = with_messages(3);
    book.returned(2, "NO_ROUTE");
    EXPECT_EQ(book.outstanding(), 3U);  // nothing is decided yet
    const auto settled = book.acked(3, true);
    EXPECT_EQ(text(settled), "1:confirmed 2:returned 3:confirmed");
    EXPECT_EQ(settled[1].why, "NO_ROUTE");
}

TEST(ConfirmBook, NackRefuses) {
    auto book = with_messages(3);
    EXPECT_EQ(text(book.refused(1, false)), "1:refused");
    EXPECT_EQ(text(book.refused(3, true)), "2:refused 3:refused");
}

TEST(ConfirmBook, DeadlineMakesUnknownAndLaterAnswersAreIgnored) {
    ConfirmBook book;
    book.sent(100, at(30));
    book.sent(200, at(10));
    book.sent(300, at(20));
    EXPECT_EQ(book.next_deadline(), at(10));
    EXPECT_EQ(text(book.expire(at(20))), "2:unknown 3:unknown");
    EXPECT_EQ(book.next_deadline(), at(30));
    book.returned(2, "NO_ROUTE");
    EXPECT_EQ(text(book.acked(2, false)), "");
    EXPECT_EQ(text(book.acked(3, true)), "1:confirmed");
    EXPECT_EQ(book.next_deadline(), std::nullopt);
}

TEST(ConfirmBook, LostConnectionLeavesInDoubtOnlyWhatWasWrittenWhole) {
    auto book = with_messages(3);
    EXPECT_EQ(text(book.lost(250)), "1:unknown 2:unknown 3:not_sent");
    EXPECT_EQ(book.outstanding(), 0U);
}

TEST(ConfirmBook, IgnoresAnswersAboutWhatWasNeverSent) {
    auto book = with_messages(1);
    EXPECT_EQ(text(book.acked(7, false)), "");
    EXPECT_EQ(text(book.acked(7, true)), "1:confirmed");
}

// Whatever the broker says, in whatever order: each message has exactly one fate.
TEST(ConfirmBook, EveryMessageHasExactlyOneFate) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Prng chance(seed);
        ConfirmBook book;
        std::map<std::uint64_t, int> fates;
        const auto note = [&](const ConfirmBook::Settlements& settlements) {
            for (const auto& settled : settlements) ++fates[settled.tag];
        };
        std::uint64_t sent = 0;
        for (std::int64_t now = 0; now < 200; ++now) {
            if (chance.one_in(2))
                sent =
                    book.sent(sent * 10, at(now + 1 + static_cast<std::int64_t>(chance.below(60))));
            const auto tag = chance.below(sent + 2);
            if (chance.one_in(3)) book.returned(tag, "x");
            if (chance.one_in(3)) note(book.acked(tag, chance.one_in(2)));
            if (chance.one_in(9)) note(book.refused(tag, chance.one_in(2)));
            if (chance.one_in(5)) note(book.expire(at(now)));
        }
        note(book.lost(sent * 5));
        EXPECT_EQ(fates.size(), sent) << "seed " << seed;
        for (const auto& [tag, times] : fates) EXPECT_EQ(times, 1) << "seed " << seed;
    }
}

}  // namespace
}  // namespace sluice
