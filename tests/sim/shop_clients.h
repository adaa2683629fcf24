#pragma once
// Simulated buyers, payers and an operator. They live longer than any process: what they were told is their journal, and
// an answer that a kill cut off is "no answer". They repeat with the same key, ask twice, pay late, pay twice, cancel.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "base/prng.h"
#include "sim/sim_process.h"

namespace sluice::sim {

class ShopClients {
public:
    ShopClients(std::uint64_t seed, std::vector<SaleId> sales) : prng_(seed), sales_(std::move(sales)) {}

    // One random action against the process that lives now.
    void act(SimProcess& process);
    // A queued order for tests that need a certain one.
    void buy(SimProcess& process, SaleId sale, Units quantity);
    // The process died: every request that was under way has no answer.
    void process_died();
    bool idle() const { return under_way_ == 0; }

    const std::vector<audit::JournalLine>& journal() const { return journal_; }
    std::size_t accepted() const { return accepted_.size(); }

private:
    struct Wish {  // one Idempotency-Key
        std::string key;
        std::string buyer;
        SaleId sale;
        Units quantity = 0;
    };
    void send(SimProcess& process, std::size_t wish);
    void answered(std::size_t wish, const PlaceReply& reply);
    void pay(SimProcess& process);
    void cancel(SimProcess& process);
    void operate(SimProcess& process);
    template <class T>
    void detach(SimProcess& process, Task<T> task);

    Prng prng_;
    std::vector<SaleId> sales_;
    std::vector<Wish> wishes_;
    std::vector<std::size_t> unsure_;             // wishes whose last answer was no answer or a 503
    std::map<std::size_t, std::size_t> pending_;  // wish → requests under way in this life
    std::set<std::size_t> overlapped_;            // wishes that were asked for twice at the same time
    std::vector<std::pair<OrderId, Cents>> accepted_;
    std::vector<audit::JournalLine> journal_;
    std::size_t under_way_ = 0;
    std::uint64_t life_ = 0;
    std::uint64_t payments_ = 0;
};

inline constexpr std::uint64_t kBuyers = 12;
inline constexpr std::int64_t kPrice = 1'000;

}  // namespace sluice::sim
