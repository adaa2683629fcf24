#pragma once
// Every id is a type of its own, so a buyer cannot be passed where an order is meant.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace sluice {

using SaleId = Strong<struct SaleIdTag, std::uint32_t>;        // positive
using ShopId = Strong<struct ShopIdTag, std::int64_t>;         // positive
using GoodsId = Strong<struct GoodsIdTag, std::int64_t>;       // positive
using ReviewId = Strong<struct ReviewIdTag, std::int64_t>;     // positive
using BuyerId = Strong<struct BuyerIdTag, std::string>;        // 1..kBuyerIdBytesMax bytes
using PaymentId = Strong<struct PaymentIdTag, std::string>;    // 1..kPaymentIdBytesMax printable ASCII
using Partition = Strong<struct PartitionTag, std::uint16_t>;  // of the order queue
using Epoch = Strong<struct EpochTag, std::uint64_t>;          // incarnation of a sale's gate, first 1
using Version = Strong<struct VersionTag, std::uint64_t>;      // optimistic lock of a sale's stock, first 1
using Revision = Strong<struct RevisionTag, std::uint64_t>;    // of a sale's operator state, first 1

inline constexpr std::size_t kBuyerIdBytesMax = 64;
inline constexpr std::size_t kPaymentIdBytesMax = 128;
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;

inline Epoch next(Epoch epoch) { return Epoch{epoch.value() + 1}; }
inline Version next(Version version) { return Version{version.value() + 1}; }
inline Revision next(Revision revision) { return Revision{revision.value() + 1}; }

// 16 bytes; UUIDv8 (RFC 9562 §5.8) whose custom bits start with the sale's number. See docs/protocol.md §4.
class OrderId {
public:
    using Bytes = std::array<std::uint8_t, 16>;

    constexpr OrderId() = default;
    constexpr explicit OrderId(const Bytes& bytes) : bytes_(bytes) {}

    // The sale's number, then 90 bits taken from `entropy` (its first 12 bytes), with version and variant set.
    static OrderId compose(SaleId sale, const std::array<std::uint8_t, 12>& entropy);
    // Canonical UUID text of a version 8 id, either case; nullopt for anything else.
    static std::optional<OrderId> parse(std::string_view text);

    const Bytes& bytes() const { return bytes_; }
    SaleId sale() const;
    std::string text() const;  // lower-case UUID, 36 characters

    friend constexpr auto operator<=>(const OrderId&, const OrderId&) = default;

private:
    Bytes bytes_{};
};

// Identity of the process or server that holds a gate: 16 random bytes in memory, master_replid in Redis.
struct ServerId {
    std::string bytes;
    friend auto operator<=>(const ServerId&, const ServerId&) = default;
};

}  // namespace sluice

template <>
struct std::hash<sluice::OrderId> {
    std::size_t operator()(const sluice::OrderId& id) const noexcept {
        std::uint64_t low = 0;  // the last 8 bytes are 62 bits of a MAC: already uniform
        std::memcpy(&low, id.bytes().data() + 8, sizeof low);
        return static_cast<std::size_t>(low);
    }
};
