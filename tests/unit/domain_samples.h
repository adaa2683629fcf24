#pragma once
// Short ways to write down sales, orders and snapshots in tests of the domain. Every sale is number
// 7, every window is [1000 ms, 9000 ms), every price 250 CNY cents, unless a test says otherwise.

#include <string>
#include <string_view>
#include <vector>

#include "domain/admission.h"
#include "domain/ledger_change.h"
#include "domain/settlement.h"

namespace sluice::samples {

inline constexpr SaleId kSale{7};
inline constexpr std::int64_t kOpensMs = 1'000;
inline constexpr std::int64_t kClosesMs = 9'000;

inline WallTime at(std::int64_t ms) { return wall_from_ms(ms); }

inline OrderId order_id(std::uint16_t number) {
    std::array<std::uint8_t, 12> entropy{};
    entropy[10] = static_cast<std::uint8_t>(number >> 8U);
    entropy[11] = static_cast<std::uint8_t>(number & 0xffU);
    return OrderId::compose(kSale, entropy);
}

inline BuyerId buyer(std::string_view name) { return BuyerId{std::string(name)}; }
inline PaymentId payment_id(std::string_view name) { return PaymentId{std::string(name)}; }

inline Terms terms(std::int64_t price = 250) {
    return Terms{Cents{price}, Currency{}, Millis{60'000}};
}

inline AcceptedOrder accepted(std::uint16_t number, std::string_view who, Units quantity) {
    return AcceptedOrder{order_id(number), buyer(who), quantity, at(2'000), terms()};
}

inline ReserveRequest request(std::uint16_t number, std::string_view who, Units quantity) {
    return ReserveRequest{order_id(number), buyer(who), quantity, terms()};
}

inline RunOrder run(
    std::uint16_t number, std::string_view who, Units quantity, Epoch epoch = Epoch{3}
) {
    return RunOrder{accepted(number, who, quantity), epoch};
}

inline OrderRow row(
    std::uint16_t number, std::string_view who, Units quantity,
    OrderState state = OrderState::kAwaitingPayment
) {
    OrderRow row;
    row.sale = kSale;
    row.order = order_id(number);
    row.buyer = buyer(who);
    row.quantity = quantity;
    row.terms = terms();
    row.state = state;
    row.accepted_at = at(2'000);
    row.settled_at = at(2'100);
    row.deadline_at = at(4'000);
    return row;
}

inline DeferredOrder deferred(
    std::uint16_t number, std::string_view who, Units quantity,
    DeferredState state = DeferredState::kParked
) {
    DeferredOrder row;
    row.order = accepted(number, who, quantity);
    row.sale = kSale;
    row.epoch = Epoch{2};
    row.state = state;
    row.attempt = 2;
    row.due_at = at(3'500);
    row.first_failed_at = at(3'000);
    row.last_error = "deadlock";
    return row;
}

// Version 10 of epoch 3, everything up to epoch 2 sealed; 10 units in all, limit 3.
inline SaleSnapshot snapshot(Units available, std::vector<OrderRow> orders = {}) {
    SaleSnapshot snapshot;
    snapshot.sale.id = kSale;
    snapshot.sale.state = SaleState::kOpen;
    snapshot.sale.epoch = Epoch{3};
    snapshot.sale.total = 10;
    snapshot.sale.available = available;
    snapshot.sale.limit_per_buyer = 3;
    snapshot.sale.opens_at = at(kOpensMs);
    snapshot.sale.closes_at = at(kClosesMs);
    snapshot.sale.terms = terms();
    snapshot.version = Version{10};
    snapshot.sealed_epoch = Epoch{2};
    snapshot.now = at(5'000);
    snapshot.orders = std::move(orders);
    return snapshot;
}

inline GateImage image(Units available, Epoch epoch = Epoch{1}, Version version = Version{1}) {
    GateImage image;
    image.sale = kSale;
    image.epoch = epoch;
    image.version = version;
    image.available = available;
    image.limit_per_buyer = 3;
    image.opens_at = at(kOpensMs);
    image.closes_at = at(kClosesMs);
    image.state = SaleState::kOpen;
    image.revision = Revision{1};
    return image;
}

inline LedgerTruth truth(Version version, Units available, Epoch epoch = Epoch{1}) {
    LedgerTruth truth;
    truth.sale = kSale;
    truth.epoch = epoch;
    truth.version = version;
    truth.available = available;
    return truth;
}

}  // namespace sluice::samples
