// The wire form of queue messages: everything encoded comes back equal, and nothing else is ever
// accepted: cut, flipped, random and hostile bodies are answers, not crashes.

#include "ports/message_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sluice {
namespace {

OrderId any_order_id(SaleId sale) {
    const auto entropy =
        *rc::gen::container<std::array<std::uint8_t, 12>>(rc::gen::arbitrary<std::uint8_t>());
    return OrderId::compose(sale, entropy);
}

AcceptedOrder any_order(SaleId sale) {
    const auto length = *rc::gen::inRange<std::size_t>(1, kBuyerIdBytesMax + 1);
    const auto currency = *rc::gen::element<std::string>("CNY", "USD", "JPY");
    AcceptedOrder order;
    order.order = any_order_id(sale);
    order.buyer = BuyerId{*rc::gen::container<std::string>(length, rc::gen::arbitrary<char>())};
    order.quantity = *rc::gen::inRange<Units>(1, kOrderUnitsMax + 1);
    order.accepted_at = wall_from_ms(*rc::gen::arbitrary<std::int64_t>());
    order.terms.price = Cents{*rc::gen::inRange<std::int64_t>(0, kPriceMax + 1)};
    order.terms.currency = *Currency::parse(currency);
    order.terms.payment_window = Millis{*rc::gen::inRange<std::int64_t>(0, 1LL << 40)};
    return order;
}

Message any_message() {
    const SaleId sale{*rc::gen::arbitrary<std::uint32_t>()};
    const Epoch epoch{*rc::gen::arbitrary<std::uint64_t>()};
    const auto kind = *rc::gen::inRange(0, 3);
    if (kind == 1) return Barrier{sale, epoch};
    if (kind == 2) {
        return WorkHint{
            static_cast<WorkKind>(*rc::gen::inRange(0, 4)), *rc::gen::arbitrary<std::string>()};
    }
    OrderBatch batch{sale, epoch, {}};
    const auto count = *rc::gen::inRange(0, 8);
    for (int i = 0; i < count; ++i) batch.orders.push_back(any_order(sale));
    return batch;
}

RC_GTEST_PROP(MessageCodec, GivesBackWhatWasEncoded, ()) {
    const auto message = any_message();
    const auto decoded = decode_message(encode(message));
    RC_ASSERT(decoded.ok());
    RC_ASSERT(decoded.value() == message);
}

RC_GTEST_PROP(MessageCodec, RefusesEveryProperPrefix, ()) {
    const auto body = encode(any_message());
    for (std::size_t length = 0; length < body.size(); ++length) {
        const auto decoded = decode_message(std::string_view(body).substr(0, length));
        RC_ASSERT(!decoded.ok());
        RC_ASSERT(decoded.error().code == Code::kBadRequest);
    }
}

RC_GTEST_PROP(MessageCodec, RefusesBytesAfterTheEnd, ()) {
    const auto body = encode(any_message()) + *rc::gen::nonEmpty(rc::gen::arbitrary<std::string>());
    RC_ASSERT(!decode_message(body).ok());
}

// Whatever is accepted encodes to the very same bytes: there is one form of each message.
RC_GTEST_PROP(MessageCodec, AcceptsOnlyWhatEncodeMakes, ()) {
    auto body = encode(any_message());
    const auto flips = *rc::gen::inRange(1, 4);
    for (int i = 0; i < flips; ++i) {
        const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
        body[at] = *rc::gen::arbitrary<char>();
    }
    const auto decoded = decode_message(body);
    if (decoded.ok()) RC_ASSERT(encode(decoded.value()) == body);
}

RC_GTEST_PROP(MessageCodec, SurvivesRandomBytes, (std::string tail)) {
    for (const char kind : {'\x01', '\x02', '\x03', '\x04'}) {
        const auto body = std::string("\x01") + kind + tail;
        const auto decoded = decode_message(body);
        if (decoded.ok()) RC_ASSERT(encode(decoded.value()) == body);
    }
}

TEST(MessageCodec, RefusesAnAnnouncedCountThatCannotFitWithoutAllocating) {
    auto body = encode(OrderBatch{SaleId{1}, Epoch{1}, {}});
    body.replace(body.size() - 4, 4, "\xff\xff\xff\xff");
    const auto decoded = decode_message(body);
    ASSERT_FALSE(decoded.ok());
    EXPECT_NE(decoded.error().detail.find("more orders"), std::string::npos)
        << decoded.error().detail;
}

TEST(MessageCodec, NamesTheUnknownFormat) {
    auto body = encode(Barrier{SaleId{1}, Epoch{1}});
    body[0] = 9;
    const auto decoded = decode_message(body);
    ASSERT_FALSE(decoded.ok());
    EXPECT_NE(decoded.error().detail.find("format 9"), std::string::npos) << decoded.error().detail;
}

TEST(MessageCodec, RefusesValuesOutsideTheirRange) {
    AcceptedOrder order;
    order.order = OrderId::compose(SaleId{1}, {});
    order.buyer = BuyerId{"b"};
    order.quantity = 1;
    const auto body = encode(OrderBatch{SaleId{1}, Epoch{1}, {order}});
    const std::size_t quantity_at = 18 + 16 + 1 + 1;
    for (const auto& quantity : {std::string(4, '\0'), std::string(4, '\xff')}) {
        auto hostile = body;
        hostile.replace(quantity_at, 4, quantity);
        EXPECT_FALSE(decode_message(hostile).ok());
    }
    auto lower_case_currency = body;
    lower_case_currency.replace(quantity_at + 4 + 16, 3, "cny");
    EXPECT_FALSE(decode_message(lower_case_currency).ok());
}

OrderBatch two_orders_of(SaleId batch, SaleId second) {
    AcceptedOrder order;
    order.order = OrderId::compose(batch, {1});
    order.buyer = BuyerId{"b"};
    order.quantity = 1;
    OrderBatch two{batch, Epoch{1}, {order, order}};
    two.orders.back().order = OrderId::compose(second, {2});
    return two;
}

TEST(MessageCodec, RefusesAnOrderOfAnotherSaleThanItsBatch) {
    auto body = encode(two_orders_of(SaleId{1}, SaleId{1}));
    ASSERT_TRUE(decode_message(body).ok());
    const std::size_t second_at = 18 + (body.size() - 18) / 2;
    body[second_at + 3] = 2;  // the lowest byte of the sale's number in the second order's id
    const auto decoded = decode_message(body);
    ASSERT_FALSE(decoded.ok());
    EXPECT_NE(decoded.error().detail.find("order 1 is of another sale"), std::string::npos)
        << decoded.error().detail;
}

TEST(MessageCodecDeathTest, NeverWritesAnOrderOfAnotherSaleThanItsBatch) {
    EXPECT_DEATH((void)encode(two_orders_of(SaleId{1}, SaleId{2})), "sale");
}

}  // namespace
}  // namespace sluice
