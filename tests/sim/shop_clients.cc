#include "sim/shop_clients.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

namespace sluice::sim {
namespace {

constexpr Millis kPatience{5'000};

bool unsure(const PlaceReply& reply) {
    return reply.refusal && info(reply.refusal->code).http_status == 503;
}

void rethrow(const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
}

// Whatever it answers: the payer and the operator keep no journal.
template <class T>
Task<void> to_its_end(Task<T> task) {
    co_await std::move(task);
}

}  // namespace

template <class T>
void ShopClients::detach(SimProcess& process, Task<T> task) {
    boost::asio::co_spawn(process.context(), to_its_end(std::move(task)), rethrow);
}

void ShopClients::act(SimProcess& process) {
    const std::uint64_t dice = prng_.below(100);
    if (dice < 50) {
        buy(process, sales_[prng_.below(sales_.size())], static_cast<Units>(1 + prng_.below(2)));
    } else if (dice < 65 && !unsure_.empty()) {
        const std::size_t at = prng_.below(unsure_.size());
        const std::size_t wish = unsure_[at];
        unsure_.erase(unsure_.begin() + static_cast<std::ptrdiff_t>(at));
        send(process, wish);
    } else if (dice < 72 && !wishes_.empty()) {
        send(process, prng_.below(wishes_.size()));
    } else if (dice < 88) {
        pay(process);
    } else if (dice < 94) {
        cancel(process);
    } else {
        operate(process);
    }
}

void ShopClients::buy(SimProcess& process, SaleId sale, Units quantity) {
    Wish wish;
    wish.key = "key-" + std::to_string(wishes_.size());
    wish.buyer = "buyer-" + std::to_string(prng_.below(kBuyers));
    wish.sale = sale;
    wish.quantity = quantity;
    wishes_.push_back(std::move(wish));
    send(process, wishes_.size() - 1);
}

void ShopClients::send(SimProcess& process, std::size_t wish) {
    PlaceRequest request;
    request.sale = wishes_[wish].sale;
    request.buyer = BuyerId{wishes_[wish].buyer};
    request.quantity = wishes_[wish].quantity;
    request.key = wishes_[wish].key;
    if (pending_.contains(wish)) {
        overlapped_.insert(wish);
    } else {
        overlapped_.erase(wish);
    }
    ++pending_[wish];
    ++under_way_;
    auto done = [this, wish, life = life_](const std::exception_ptr& failure, const PlaceReply& reply) {
        if (failure) std::rethrow_exception(failure);
        if (life == life_) answered(wish, reply);
    };
    const Deadline deadline{process.lease().read()->began + std::chrono::hours{1}};
    boost::asio::co_spawn(process.context(), process.node().place.place(std::move(request), deadline), std::move(done));
}

void ShopClients::answered(std::size_t wish, const PlaceReply& reply) {
    --under_way_;
    if (--pending_[wish] == 0) pending_.erase(wish);
    audit::JournalLine line;
    line.key = wishes_[wish].key;
    line.buyer = wishes_[wish].buyer;
    line.sale = wishes_[wish].sale.value();
    line.quantity = wishes_[wish].quantity;
    if (reply.order) line.order = reply.order->text();
    if (reply.refusal) {
        line.status = info(reply.refusal->code).http_status;
        line.code = std::string(info(reply.refusal->code).wire);
    } else {
        line.status = reply.view.state == OrderState::kHeld ? 202 : (reply.direct ? 201 : 200);
        accepted_.emplace_back(*reply.order, Cents{kPrice * wishes_[wish].quantity});
    }
    // Answers of requests that overlapped may arrive in any order, so a refusal among them proves nothing (L12).
    if (line.status == 409 && overlapped_.contains(wish)) line.status = 0;
    journal_.push_back(std::move(line));
    if (unsure(reply)) unsure_.push_back(wish);
}

void ShopClients::process_died() {
    ++life_;
    under_way_ = 0;
    for (const auto& [wish, requests] : std::exchange(pending_, {})) {
        audit::JournalLine line;
        line.key = wishes_[wish].key;
        line.buyer = wishes_[wish].buyer;
        line.sale = wishes_[wish].sale.value();
        line.quantity = wishes_[wish].quantity;
        journal_.push_back(std::move(line));
        unsure_.push_back(wish);
    }
}

void ShopClients::pay(SimProcess& process) {
    if (accepted_.empty()) return;
    const auto& [order, amount] = accepted_[prng_.below(accepted_.size())];
    Payment payment;
    payment.id = PaymentId{"payment-" + std::to_string(prng_.one_in(10) && payments_ > 0 ? payments_ : ++payments_)};
    payment.order = order;
    payment.amount = prng_.one_in(20) ? Cents{amount.value() + 1} : amount;
    const Deadline deadline = Deadline::never();
    detach(process, process.node().pay.notify(std::move(payment), deadline));
}

void ShopClients::cancel(SimProcess& process) {
    if (accepted_.empty()) return;
    const OrderId order = accepted_[prng_.below(accepted_.size())].first;
    const Deadline deadline{process.lease().read()->began + kPatience};
    Actor actor{"operator", "simulation"};
    detach(process, process.node().cancel.cancel_by_operator(order, std::move(actor), deadline));
}

void ShopClients::operate(SimProcess& process) {
    const SaleId sale = sales_[prng_.below(sales_.size())];
    Actor actor{"operator", "simulation"};
    const Deadline deadline = Deadline::never();
    ManageSales& manage = process.worker().manage();
    switch (prng_.below(5)) {
        case 0: detach(process, manage.add_stock(sale, 1, std::move(actor), deadline)); break;
        case 1: detach(process, manage.set_state(sale, SaleState::kPaused, std::move(actor), deadline)); break;
        case 2: process.worker().rebuild().demand(sales_.front()); break;  // the first one is queued
        default: detach(process, manage.set_state(sale, SaleState::kOpen, std::move(actor), deadline)); break;
    }
}

}  // namespace sluice::sim
