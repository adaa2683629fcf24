#pragma once
// Reconciliation (docs/protocol.md §10): gate against ledger, sale by sale, repaired by sync or rebuild. Runs every 30 s
// in the worker and as a command. A hold is released only if the ledger has its row.

#include <string>
#include <vector>

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

struct ReconcilePorts {
    Ledger& ledger;
    Gate& gate;
    Clock& clock;
    Meter& meter;
    Log& log;
};

class ReconcileSales {
public:
    ReconcileSales(ReconcilePorts ports, const CatalogueLease& lease, RebuildGate& rebuild)
        : ports_(ports), lease_(lease), rebuild_(rebuild) {}

    // fix = false only reports. Every kDeepEvery-th run, and every sale with a finding, is also synced with the letters
    // of all orders and the totals of all buyers: what a lost sync left behind at equal versions.
    Task<Result<ReconcileReport>> run(bool fix, Deadline deadline);

private:
    enum class Examined : std::uint8_t { kSame, kDiffers, kSkipped };
    struct Comparison {
        Examined examined = Examined::kSkipped;
        ReconcileFinding finding;
        SaleSnapshot ledger;
        Epoch epoch;
        bool gate_ahead = false;
    };
    Task<Comparison> compare(SaleId sale, Deadline deadline);
    Task<Comparison> compare_until_still(SaleId sale, Deadline deadline);
    Task<void> repair(Comparison& comparison, Deadline deadline);
    Task<Result<Done>> sync_everything(SaleId sale, Epoch epoch, Deadline deadline);

    ReconcilePorts ports_;
    LeaseView lease_;
    RebuildGate& rebuild_;
    std::uint64_t runs_ = 0;
};

inline constexpr Millis kHeldLongAge{30'000};  // a hold this old should have its row
inline constexpr int kStillTries = 5;          // a difference must survive this many looks
inline constexpr std::uint64_t kDeepEvery = 10;

}  // namespace sluice
