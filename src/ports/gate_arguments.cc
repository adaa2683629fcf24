#include "ports/gate_arguments.h"

#include <optional>
#include <string>
#include <unordered_set>

namespace sluice {
namespace {

using Fault = std::optional<std::string>;  // nullopt: nothing is wrong

Result<Done> answer(Fault fault) {
    if (fault) return fail(Code::kInvalidField, std::move(*fault));
    return Done{};
}

Fault first_of(std::initializer_list<Fault> faults) {
    for (const auto& fault : faults) {
        if (fault) return fault;
    }
    return std::nullopt;
}

Fault check(bool good, const char* what) { return good ? Fault() : Fault(what); }

Fault check_order(SaleId sale, const OrderId& order) {
    return check(order.sale() == sale, "order: the id belongs to another sale");
}

Fault check_buyer(const BuyerId& buyer) {
    const auto size = buyer.value().size();
    return check(size >= 1 && size <= kBuyerIdBytesMax, "buyer: 1 to 64 bytes");
}

Fault check_quantity(Units quantity) {
    return check(quantity >= 1 && quantity <= kOrderUnitsMax, "quantity: 1 to 1000000");
}

Fault check_terms(const Terms& terms) {
    const auto price = terms.price.value();
    return first_of(
        {check(price >= 0 && price <= kPriceMax, "price: out of range"),
         check(terms.payment_window.count() >= 0, "payment_window: negative")}
    );
}

Fault check_available(Units available) {
    return check(available >= 0 && available <= kStockUnitsMax, "available: out of range");
}

Fault check_total(const BuyerTotal& total) {
    return first_of({check_buyer(total.buyer), check(total.bought >= 0, "bought: negative")});
}

Fault check_held(SaleId sale, const HeldOrder& held) {
    const auto& order = held.order;
    return first_of(
        {check_order(sale, order.order), check_buyer(order.buyer), check_quantity(order.quantity),
         check_terms(order.terms), check(held.claims >= 0, "claims: negative")}
    );
}

Fault check_known(SaleId sale, const KnownOrder& known) {
    return first_of(
        {check_order(sale, known.order), check_quantity(known.quantity),
         check(known.letter != Letter::kHeld, "letter: a finished order is not held")}
    );
}

// One order is either held or finished, and only once; otherwise its units would be counted twice.
Fault check_unique(const GateImage& image) {
    std::unordered_set<OrderId> seen;
    seen.reserve(image.held.size() + image.finished.size());
    bool unique = true;
    for (const auto& held : image.held) unique = seen.insert(held.order.order).second && unique;
    for (const auto& known : image.finished) unique = seen.insert(known.order).second && unique;
    return check(unique, "order: comes twice");
}

// The first fault of any element.
template <class Elements, class Check>
Fault check_each(const Elements& elements, Check check_one) {
    for (const auto& element : elements) {
        if (auto fault = check_one(element)) return fault;
    }
    return std::nullopt;
}

}  // namespace

Result<Done> check_reserve(SaleId sale, const std::vector<ReserveRequest>& requests) {
    return answer(check_each(requests, [sale](const ReserveRequest& request) {
        return first_of(
            {check_order(sale, request.order), check_buyer(request.buyer),
             check_quantity(request.quantity), check_terms(request.terms)}
        );
    }));
}

Result<Done> check_truth(const LedgerTruth& truth) {
    auto finished = check_each(truth.finished, [&](const FinishedOrder& order) {
        return first_of(
            {check_order(truth.sale, order.order),
             check(order.letter != Letter::kHeld, "letter: a finished order is not held")}
        );
    });
    return answer(first_of(
        {check_available(truth.available), std::move(finished),
         check_each(truth.bought, check_total)}
    ));
}

Result<Done> check_park(SaleId sale, const std::vector<ParkedOrder>& orders) {
    return answer(check_each(orders, [sale](const ParkedOrder& parked) {
        return first_of(
            {check_order(sale, parked.order), check(parked.delay.count() >= 0, "delay: negative")}
        );
    }));
}

Result<Done> check_image(SaleId sale, const GateImage& image) {
    auto held =
        check_each(image.held, [sale](const HeldOrder& order) { return check_held(sale, order); });
    auto known = check_each(image.finished, [sale](const KnownOrder& order) {
        return check_known(sale, order);
    });
    return answer(first_of(
        {check(image.sale == sale, "sale: the image is of another sale"),
         check(image.epoch.value() >= 1, "epoch: at least 1"), check_available(image.available),
         check(image.limit_per_buyer >= 1, "limit_per_buyer: at least 1"), std::move(held),
         std::move(known), check_each(image.bought, check_total), check_unique(image)}
    ));
}

Result<Done> check_rows(SaleId sale, const ImageRows& rows) {
    auto finished = check_each(rows.finished, [sale](const KnownOrder& order) { return check_known(sale, order); });
    return answer(first_of({std::move(finished), check_each(rows.bought, check_total)}));
}

}  // namespace sluice
