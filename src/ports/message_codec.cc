#include "ports/message_codec.h"

#include <cstdint>
#include <limits>
#include <type_traits>

namespace sluice {
namespace {

constexpr std::uint8_t kFormat = 1;
enum class Kind : std::uint8_t { kOrders = 1, kBarrier = 2, kHint = 3 };

// Least bytes of one order: id, buyer length and one byte, quantity, accepted_at, price, currency,
// payment window.
constexpr std::size_t kOrderBytesMin = 16 + 1 + 1 + 4 + 8 + 8 + 3 + 8;
constexpr std::size_t kOrderBytesTypical = kOrderBytesMin + 24;

class Writer {
public:
    explicit Writer(std::size_t expected) { out_.reserve(expected); }

    template <class Number>
    void number(Number value) {
        static_assert(std::is_unsigned_v<Number>);
        for (int shift = std::numeric_limits<Number>::digits - 8; shift >= 0; shift -= 8) {
            out_.push_back(static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xffU));
        }
    }
    void signed_number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
    void bytes(std::string_view text) { out_.append(text); }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

// After the first short read every further one gives zero; the caller asks failed() before it
// trusts anything.
class Reader {
public:
    explicit Reader(std::string_view body) : body_(body) {}

    template <class Number>
    Number number() {
        static_assert(std::is_unsigned_v<Number>);
        std::uint64_t value = 0;
        for (const char byte : bytes(sizeof(Number))) {
            value = (value << 8U) | static_cast<std::uint8_t>(byte);
        }
        return static_cast<Number>(value);
    }
    std::int64_t signed_number() { return static_cast<std::int64_t>(number<std::uint64_t>()); }
    std::string_view bytes(std::size_t count) {
        if (failed_ || body_.size() - at_ < count) {
            failed_ = true;
            return {};
        }
        const auto taken = body_.substr(at_, count);
        at_ += count;
        return taken;
    }
    bool failed() const { return failed_; }
    std::size_t at() const { return at_; }
    std::size_t left() const { return body_.size() - at_; }

private:
    std::string_view body_;
    std::size_t at_ = 0;  // <= body_.size()
    bool failed_ = false;
};

Error malformed(const Reader& reader, std::string_view what) {
    return fail(
        Code::kBadRequest,
        "message: " + std::string(what) + " at byte " + std::to_string(reader.at())
    );
}

std::string_view raw_bytes(const OrderId& order) {
    return {reinterpret_cast<const char*>(order.bytes().data()), order.bytes().size()};
}

bool in_range(Units quantity, const Terms& terms) {
    return quantity >= 1 && quantity <= kOrderUnitsMax && terms.price.value() >= 0 &&
           terms.price.value() <= kPriceMax && terms.payment_window.count() >= 0;
}

void write_order(Writer& out, SaleId sale, const AcceptedOrder& order) {
    const auto& buyer = order.buyer.value();
    SLUICE_CHECK(order.order.sale() == sale);
    SLUICE_CHECK(!buyer.empty() && buyer.size() <= kBuyerIdBytesMax);
    SLUICE_CHECK(in_range(order.quantity, order.terms));
    out.bytes(raw_bytes(order.order));
    out.number(static_cast<std::uint8_t>(buyer.size()));
    out.bytes(buyer);
    out.number(static_cast<std::uint32_t>(order.quantity));
    out.signed_number(to_ms(order.accepted_at));
    out.signed_number(order.terms.price.value());
    out.bytes(order.terms.currency.text());
    out.signed_number(order.terms.payment_window.count());
}

std::string encode_batch(const OrderBatch& batch) {
    Writer out(18 + batch.orders.size() * kOrderBytesTypical);
    SLUICE_CHECK(batch.orders.size() <= std::numeric_limits<std::uint32_t>::max());
    out.number(kFormat);
    out.number(static_cast<std::uint8_t>(Kind::kOrders));
    out.number(batch.sale.value());
    out.number(batch.epoch.value());
    out.number(static_cast<std::uint32_t>(batch.orders.size()));
    for (const auto& order : batch.orders) write_order(out, batch.sale, order);
    return out.take();
}

std::string encode_barrier(const Barrier& barrier) {
    Writer out(14);
    out.number(kFormat);
    out.number(static_cast<std::uint8_t>(Kind::kBarrier));
    out.number(barrier.sale.value());
    out.number(barrier.epoch.value());
    return out.take();
}

std::string encode_hint(const WorkHint& hint) {
    Writer out(5 + hint.key.size());
    SLUICE_CHECK(hint.key.size() <= std::numeric_limits<std::uint16_t>::max());
    out.number(kFormat);
    out.number(static_cast<std::uint8_t>(Kind::kHint));
    out.number(static_cast<std::uint8_t>(hint.kind));
    out.number(static_cast<std::uint16_t>(hint.key.size()));
    out.bytes(hint.key);
    return out.take();
}

// nullopt: the order is cut short or carries a value outside its range.
std::optional<AcceptedOrder> read_order(Reader& in) {
    OrderId::Bytes id{};
    const auto id_bytes = in.bytes(id.size());
    if (in.failed()) return std::nullopt;
    id_bytes.copy(reinterpret_cast<char*>(id.data()), id.size());

    AcceptedOrder order;
    order.order = OrderId{id};
    const auto buyer_bytes = in.number<std::uint8_t>();
    order.buyer = BuyerId{std::string(in.bytes(buyer_bytes))};
    order.quantity = in.number<std::uint32_t>();
    order.accepted_at = wall_from_ms(in.signed_number());
    order.terms.price = Cents{in.signed_number()};
    const auto currency = Currency::parse(in.bytes(3));
    order.terms.payment_window = Millis{in.signed_number()};
    if (in.failed() || buyer_bytes == 0 || buyer_bytes > kBuyerIdBytesMax) return std::nullopt;
    if (!currency || !in_range(order.quantity, order.terms)) return std::nullopt;
    order.terms.currency = *currency;
    return order;
}

Result<Message> decode_batch(Reader& in) {
    OrderBatch batch;
    batch.sale = SaleId{in.number<std::uint32_t>()};
    batch.epoch = Epoch{in.number<std::uint64_t>()};
    const auto count = in.number<std::uint32_t>();
    if (in.failed()) return malformed(in, "cut short");
    if (count > in.left() / kOrderBytesMin) return malformed(in, "more orders announced than fit");
    batch.orders.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        auto order = read_order(in);
        if (!order) return malformed(in, "order " + std::to_string(i) + " is malformed");
        // The ledger can write neither its row nor a deferred one: it would hold its partition for ever.
        if (order->order.sale() != batch.sale) {
            return malformed(in, "order " + std::to_string(i) + " is of another sale");
        }
        batch.orders.push_back(std::move(*order));
    }
    return Message{std::move(batch)};
}

Result<Message> decode_barrier(Reader& in) {
    Barrier barrier;
    barrier.sale = SaleId{in.number<std::uint32_t>()};
    barrier.epoch = Epoch{in.number<std::uint64_t>()};
    if (in.failed()) return malformed(in, "cut short");
    return Message{barrier};
}

Result<Message> decode_hint(Reader& in) {
    const auto kind = in.number<std::uint8_t>();
    const auto key = in.bytes(in.number<std::uint16_t>());
    if (in.failed()) return malformed(in, "cut short");
    if (kind > static_cast<std::uint8_t>(WorkKind::kWebhook))
        return malformed(in, "unknown work kind");
    return Message{WorkHint{static_cast<WorkKind>(kind), std::string(key)}};
}

Result<Message> decode_kind(std::uint8_t kind, Reader& in) {
    if (kind == static_cast<std::uint8_t>(Kind::kOrders)) return decode_batch(in);
    if (kind == static_cast<std::uint8_t>(Kind::kBarrier)) return decode_barrier(in);
    if (kind == static_cast<std::uint8_t>(Kind::kHint)) return decode_hint(in);
    return malformed(in, "unknown kind " + std::to_string(kind));
}

}  // namespace

std::string encode(const Message& message) {
    if (const auto* batch = std::get_if<OrderBatch>(&message)) return encode_batch(*batch);
    if (const auto* barrier = std::get_if<Barrier>(&message)) return encode_barrier(*barrier);
    return encode_hint(std::get<WorkHint>(message));
}

Result<Message> decode_message(std::string_view body) {
    Reader in(body);
    const auto format = in.number<std::uint8_t>();
    const auto kind = in.number<std::uint8_t>();
    if (in.failed()) return malformed(in, "cut short");
    if (format != kFormat) return malformed(in, "unknown format " + std::to_string(format));
    auto message = decode_kind(kind, in);
    if (message.ok() && in.left() != 0) return malformed(in, "bytes after the end");
    return message;
}

}  // namespace sluice
