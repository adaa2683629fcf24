#pragma once
// Reconciliation (docs/protocol.md §10): gate against ledger, sale by sale, repaired by sync or rebuild. Runs every 30 s
// in the worker and as a command. A hold is released only if the ledger has its row.
//
// A gate that is ahead of its ledger shows that the ledger lost commits (§11): orders that were promised may be gone, and
// no machine can say which. The sale is paused, a person is called, and only a person's run rebuilds the gate.

#include <string>
#include <unordered_map>
#include <vector>

#include "app/manage_sales.h"
#include "app/ports.h"
#include "app/rebuild_gate.h"

namespace sluice {

struct ReconcileFinding {
    SaleId sale;
    std::string finding;  // what differs, with both figures
    std::string cause;    // candidates
    std::string repair;   // what was done, or would be done
    Units drift = 0;      // |gate - ledger| units
};
struct ReconcileReport {
    std::uint64_t sales_examined = 0;
    std::uint64_t sales_skipped = 0;  // recovering, in motion, or a store did not answer
    std::vector<ReconcileFinding> findings;
};

class ReconcileSales {
public:
    ReconcileSales(Ports ports, const CatalogueLease& lease, ManageSales& manage, RebuildGate& rebuild)
        : ports_(ports), lease_(lease), manage_(manage), rebuild_(rebuild) {}

    // By a person. fix = false only reports; fix = true is also the person's word to rebuild a gate that is ahead of its
    // ledger (the sale stays paused until it is resumed).
    Task<Result<ReconcileReport>> run(bool fix, Deadline deadline);
    // The worker's turn: repairs whatever needs no person. Every kDeepEvery-th turn, and every sale with a finding, is
    // also synced with the letters of all orders and the totals of all buyers: what a lost sync left behind at equal
    // versions.
    Task<Result<ReconcileReport>> watch(Deadline deadline);

private:
    enum class Mode : std::uint8_t { kReport, kWatch, kPerson };
    enum class Examined : std::uint8_t { kSame, kDiffers, kSkipped };
    struct Comparison {
        Examined examined = Examined::kSkipped;
        ReconcileFinding finding;
        SaleSnapshot ledger;
        Epoch epoch;
        bool gate_ahead = false;
        SaleState gate_state = SaleState::kDraft;
        Revision gate_revision;
    };
    Task<ReconcileReport> examine_all(Mode mode, bool deep, Deadline deadline);
    Task<Comparison> compare(SaleId sale, Deadline deadline);
    Task<Comparison> compare_until_still(SaleId sale, Deadline deadline);
    Task<void> repair(Comparison& comparison, Deadline deadline);
    Task<void> call_person(Comparison& comparison, Mode mode, Deadline deadline);
    Task<bool> pause(const Comparison& comparison, Deadline deadline);
    Task<Result<Done>> sync_everything(SaleId sale, Epoch epoch, Deadline deadline);

    Ports ports_;
    LeaseView lease_;
    ManageSales& manage_;
    RebuildGate& rebuild_;
    std::uint64_t turns_ = 0;
    std::unordered_map<SaleId, Epoch> called_;  // gates ahead of their ledger that a person was called for
};

inline constexpr Millis kHeldLongAge{30'000};  // a hold this old should have its row
inline constexpr int kStillTries = 5;          // a difference must survive this many looks
inline constexpr std::uint64_t kDeepEvery = 10;

}  // namespace sluice
