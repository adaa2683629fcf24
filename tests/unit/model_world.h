#pragma once
// The protocol as a game of single steps: buyers, nodes that may die, an ordered queue that
// delivers at least once, a gate that may be lost, syncs that may be lost, repeated or late,
// workers that may be zombies, and rebuilds that may be interrupted. After every step broken_law()
// judges the laws of docs/protocol.md §10. A Mutation weakens one rule, to show that the rule is
// needed and that the laws would notice.

#include <deque>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "domain/admission.h"
#include "domain/settlement.h"
#include "model_ledger.h"

namespace sluice {

enum class Mutation : std::uint8_t {
    kNone,
    kTotalsOfAnOlderRead,     // a truth of the newest version with older totals: what the guard per
                              // buyer prevents
    kAvailableOfAnOlderRead,  // a truth of the newest version with older stock
    kFinishedWithoutTotals,   // a hold is lowered without raising what its buyer bought
    kNodeReleasesHolds,     // a node that does not know what became of its message gives the units
                            // back
    kStaleSettles,          // orders of sealed epochs may enter the ledger
    kSealWithoutBarrier,    // the epoch is sealed while its orders still are in the queue
    kImageForgetsDeferred,  // a new gate does not hold deferred orders
    kPromiseWithoutLease,   // 202 without checking the epoch after the confirm
};

enum class Step : std::uint8_t {
    kReserve,
    kPublish,
    kNodeDies,
    kSettle,
    kSettleUnacked,
    kPlanAsZombie,
    kZombieApplies,
    kSync,
    kSyncTwice,
    kLoseSync,
    kCancel,
    kExpire,
    kPay,
    kRestock,
    kClaimStale,
    kPark,
    kBury,
    kSweep,
    kRedrive,
    kDiscard,
    kLoseGate,
    kServerChanges,
    kBeginRebuild,
    kTakeImage,
    kLoad,
    kReconcile,
    kLimit_
};

class ModelWorld {
public:
    explicit ModelWorld(Mutation mutation = Mutation::kNone);

    // `pick` chooses among what the step can act on; a step that finds nothing to act on does
    // nothing.
    void take(Step step, std::uint32_t pick);
    // Empty when every law holds now.
    std::string broken_law() const;

    // Rebuilds if needed, drains the queue, delivers every truth and repairs forgotten holds;
    // afterwards L7 must hold and the gate must agree with the ledger on every buyer.
    void come_to_rest();
    std::string broken_rest();

    std::size_t promises() const { return promised_.size(); }
    std::size_t settled() const { return ledger_.orders().size(); }

private:
    struct Unpublished {
        OrderBatch batch;
        bool has_clients = true;  // waiting for a 202
    };
    using Queued = std::variant<OrderBatch, Epoch>;  // Epoch: a barrier

    void reserve(std::uint32_t pick);
    void publish(std::uint32_t pick);
    void node_dies(std::uint32_t pick);
    void settle(std::size_t batches_max, bool acked);
    void plan_as_zombie();
    void zombie_applies(std::uint32_t pick);
    void sync(std::uint32_t pick, bool keep, bool deliver);
    void change_order(Step step, std::uint32_t pick);
    void restock();
    void claim_stale();
    void defer_head(DeferredState state);
    void sweep();
    void desk(Step step, std::uint32_t pick);
    void begin_rebuild();
    void take_image();
    void load();
    void reconcile();

    std::vector<RunOrder> head_run(std::size_t batches_max, std::size_t& taken) const;
    SaleSnapshot snapshot_for(const std::vector<RunOrder>& run) const;
    void commit(const LedgerChange& change);
    void pass_barrier();
    LedgerTruth mutated(LedgerTruth truth) const;
    bool gate_is_current() const;
    std::string broken_ledger() const;
    std::string broken_gate() const;
    std::string broken_promises() const;

    Mutation mutation_;
    ModelLedger ledger_;
    AdmissionGate gate_;
    std::uint32_t server_number_ = 1;
    std::vector<Unpublished> unpublished_;
    std::deque<Queued> queue_;
    std::vector<LedgerTruth> truths_;  // on their way to the gate
    std::vector<LedgerChange> zombie_plans_;
    std::optional<GateImage> image_;  // read, not loaded yet
    ServerId image_server_;           // that the image is meant for
    Epoch imaged_epoch_{1};           // a rebuild reads and loads one image and never repeats it
    std::set<OrderId> promised_;      // answered with 202

    ServerId server() const { return ServerId{std::to_string(server_number_)}; }
};

}  // namespace sluice
