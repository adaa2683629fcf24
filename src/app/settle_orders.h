#pragma once
// The settlement worker of one partition (docs/protocol.md §6, §7, §9.3): takes accepted orders in batches, writes them
// into the ledger under the optimistic lock, tells the gate, acks. Owns its consumer: destroying it leaves everything
// unacked to the next one, in order. While the ledger is down it holds its messages and parks nothing.

#include <vector>

#include "app/defer_orders.h"
#include "app/pay_order.h"
#include "app/ports.h"

namespace sluice {

struct SettleLimits {
    std::size_t orders_max = 1'000;  // per transaction: bounds its time and its memory
    Millis attempt{10'000};          // deadline of one attempt's store calls
    Millis idle{500};                // longest wait for work before looking at stop()
    // A partition that another living worker should have is handed over after this time, by closing the consumer; then,
    // and before consuming such a partition at all, the other one is given a head start.
    Millis hand_over_after{5'000};
    Millis head_start{2'000};
};

class SettleOrders {
public:
    SettleOrders(
        Ports ports, DeferOrders& defer, PayOrder& pay, Partition partition, Event& work_hint,
        SettleLimits limits = {}
    );

    // Runs until stop(). `work_hint` is notified when a WorkHint arrives.
    Task<void> run();
    void stop();

private:
    Task<void> consume(Consumer& consumer);
    bool should_hand_over(Instant since) const;
    // An error means: nothing may be acked, try the same work again.
    Task<Result<Done>> handle(const Work& work);
    Task<Result<Done>> handle_run(const OrderRun& run);
    Task<Result<Done>> settle(SaleId sale, std::vector<RunOrder> run);
    Task<Result<Done>> settle_failed(SaleId sale, std::vector<RunOrder> run, Error why);
    Task<Result<Done>> seal(Barrier barrier);
    Task<void> tell(
        const SettlementPlan& plan, const SaleSnapshot& snapshot, std::optional<LedgerTruth> truth,
        const std::vector<RunOrder>& run
    );
    void measure(const SettlementPlan& plan, const std::vector<RunOrder>& run);
    Task<void> pause(int failures);
    Deadline attempt_deadline() const { return ports_.clock.in(limits_.attempt); }

    Ports ports_;
    DeferOrders& defer_;
    PayOrder& pay_;
    Partition partition_;
    Event& work_hint_;
    SettleLimits limits_;
    Event wake_;
    bool stopping_ = false;
    bool degraded_ = false;  // the ledger did not answer; logged at the change only
};

}  // namespace sluice
