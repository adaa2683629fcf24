#pragma once
// OneProcess: a small world for fault tests. One sale, one embedded process at a time on a disk
// that can lose power, virtual time, and a client that remembers what it was told. Answers come
// back as short texts ("202", "409 sold_out", "refund_due order_cancelled"), so that a test says
// exactly what it expects in one line.
//
// One thread. Nothing fails until fail() or faults() says so. Every await has an end: one that
// needs more virtual time than kPatience ends the program.

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "sim/sim_process.h"
#include "support/crash_vfs.h"

namespace sluice::sim {

struct Offer {  // the sale
    Units units = 10;
    Units limit = 2;
    Cents price{1'000};
    Millis payment_window{60'000};
    Millis closes_in{48LL * 3600 * 1000};
    LatePayment late_payment = LatePayment::kRefund;
};

inline constexpr Millis kPatience{30 * 60 * 1000};

inline constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();

// The next `times` calls of this name fail.
CallRule failing(
    std::string call, Fault fault, std::uint64_t times = kForEver, std::optional<Code> code = {}
);
// The next call of this name reaches its port `before` later, and is answered another `after`
// later.
CallRule late(std::string call, Millis before, Millis after);

// Empty until the task ends; for ever empty when its process is killed before.
template <class T>
using Answer = std::shared_ptr<std::optional<T>>;

class OneProcess {
public:
    // Returns when the sale is open and its gate serves.
    explicit OneProcess(Offer offer = {}, std::uint64_t seed = 1);
    ~OneProcess();
    OneProcess(const OneProcess&) = delete;
    OneProcess& operator=(const OneProcess&) = delete;

    SimProcess& process() { return *process_; }
    Worker& worker() { return process_->worker(); }
    FaultPlan& faults() { return process_->faults(); }
    VirtualClock& clock() { return clock_; }
    CrashDisk& disk() { return disk_; }
    SaleId sale() const { return sale_; }
    Partition partition() const;
    StoreOptions store_options() const;
    std::uint64_t counted(Count what) { return process_->meter().counted(what); }

    void fail(CallRule rule) { faults().add_rule(std::move(rule), process_->clock()); }
    // Plain SQL on a connection of its own, as a person with a shell would.
    void sql(const std::string& statements);
    std::int64_t rows(const std::string& table_and_condition);  // "audit_log WHERE actor = 'x'"

    void kill();  // power failure between two handlers, then the next life on what the disk kept
    void power_off();
    void boot();

    void run_handlers(std::uint64_t handlers);
    void run_for(Millis time);
    // `condition` only looks: one that itself awaits something would keep time from moving.
    template <class Condition>
    bool run_until(Condition condition, Millis most = kPatience);
    bool reaches(const std::string& key, const std::string& state, Millis most);
    bool drain();  // until nothing is queued, parked, rebuilding or held without being buried

    template <class T>
    Answer<T> start(Task<T> task);
    template <class T>
    T await(Task<T> task);

    // The client. `key` names the order in all that follows.
    Answer<PlaceReply> ask(
        const std::string& key, const std::string& buyer = "ann", Units quantity = 1
    );
    std::string buy(const std::string& key, const std::string& buyer = "ann", Units quantity = 1);
    OrderId id(const std::string& key) const;
    Payment payment(const std::string& payment_id, const std::string& key, Units paid_units = 1)
        const;
    std::string pay(const std::string& payment_id, const std::string& key, Units paid_units = 1);
    std::string cancel(const std::string& key);

    // Repeats with the same key for as long as the answer is 503.
    std::string insist(
        const std::string& key, const std::string& buyer = "ann", Units quantity = 1
    );
    // The message that carries the order, which must be held or have its row.
    OrderBatch message_of(const std::string& key, Epoch epoch);
    void publish(OrderBatch batch);

    Result<Sale> set_state(SaleState to);
    Result<Sale> add_stock(Units units);

    // "awaiting_payment", "cancelled expired", "parked 2", "buried 5", "held", "none", …
    std::string state(const std::string& key);
    // "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held"
    std::string stock();
    std::optional<GateSnapshot> gate();  // nullopt: not loaded
    Sale sale_row();
    DeadLetters dead_letters(std::optional<DeferredState> state = std::nullopt);
    std::uint64_t queued();
    Letter letter(const std::string& key);
    // "" when every law is judged and ok, L8 excepted where no money moved.
    std::string audit();

private:
    void spawn(Task<void> task);
    Task<PlaceReply> place(std::string key, PlaceRequest request);
    void create_sale(const Offer& offer);
    bool quiet();

    Offer offer_;
    std::uint64_t seed_;
    std::uint64_t lives_ = 0;
    VirtualClock clock_;
    CrashDisk disk_;
    Prng prng_;
    SaleId sale_;
    std::unique_ptr<SimProcess> process_;
    std::map<std::string, OrderId> ids_;
    std::map<std::string, audit::JournalLine> pending_;  // asked in this life, not answered
    std::vector<audit::JournalLine> journal_;
};

// "202", "200 paid", "409 sold_out", "503 outcome_unknown"
std::string text(const PlaceReply& reply);
std::string text(const Error& error);
std::string text(const Result<PaymentOutcome>& outcome);
std::string text(const Result<CancelOrder::Reply>& reply);

template <class T>
Answer<T> OneProcess::start(Task<T> task) {
    auto answer = std::make_shared<std::optional<T>>();
    spawn(keep_value(std::move(task), answer));
    return answer;
}

template <class T>
T OneProcess::await(Task<T> task) {
    const auto answer = start(std::move(task));
    SLUICE_CHECK(run_until([&] { return answer->has_value(); }));
    return std::move(**answer);
}

template <class Condition>
bool OneProcess::run_until(Condition condition, Millis most) {
    const Instant end = clock_.now() + most;
    while (!condition()) {
        if (process_->step()) continue;
        const auto next = clock_.next();
        if (!next || *next > end) return false;
        SLUICE_CHECK(clock_.advance_to_next());
    }
    return true;
}

}  // namespace sluice::sim
