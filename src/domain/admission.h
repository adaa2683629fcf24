#pragma once
// The reference model of one sale's gate (docs/protocol.md §3): reserve, sync, claim_stale, park, load. Pure: server
// identity and time are arguments. The memory gate runs it; the Redis scripts are compared with it.
//
//     sellable = max(0, available(version, from the ledger) - held)        never stored, always derived

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "domain/ledger_change.h"

namespace sluice {

struct ReserveRequest {
    OrderId order;
    BuyerId buyer;
    Units quantity = 0;
    Terms terms;
};

enum class Verdict : std::uint8_t {
    kAccepted, kHeld, kSettled, kCancelled, kRejected, kPayloadMismatch,
    kNotOpen, kEnded, kPaused, kLimitReached, kSoldOut
};
std::string_view to_string(Verdict verdict);

struct Admission {
    Verdict verdict = Verdict::kSoldOut;
    Units left = 0;  // kSoldOut: sellable units; kLimitReached: what the buyer may still take
    WallTime accepted_at;  // kAccepted and kHeld
    Terms terms;           // kHeld: those of the first acceptance, to be published again
};

enum class GateAnswer : std::uint8_t { kOk, kNotLoaded, kServerChanged };
struct ReserveReply {
    GateAnswer answer = GateAnswer::kNotLoaded;
    Epoch epoch;
    std::vector<Admission> admissions;  // index = request's; empty unless kOk
};

struct HeldOrder {
    AcceptedOrder order;
    WallTime due_at;   // claim_stale publishes it again after this
    int claims = 0;    // how often that happened
    bool operator==(const HeldOrder&) const = default;
};

struct ParkedOrder {
    OrderId order;
    Millis delay{0};
};

struct KnownOrder {
    OrderId order;
    Letter letter = Letter::kHeld;
    Units quantity = 0;  // kQuantityUnknown: only a truth told of this order
    bool operator==(const KnownOrder&) const = default;
};
inline constexpr Units kQuantityUnknown = 0;

// What the ledger knows of a sale, to be loaded as its new gate.
struct GateImage {
    SaleId sale;
    Epoch epoch;
    Version version;
    Units available = 0;
    Units limit_per_buyer = 1;
    WallTime opens_at;
    WallTime closes_at;
    SaleState state = SaleState::kOpen;
    Revision revision;
    std::vector<HeldOrder> held;       // deferred orders
    std::vector<KnownOrder> finished;  // every order with a row
    std::vector<BuyerTotal> bought;
};

struct GateFigures {
    GateAnswer answer = GateAnswer::kNotLoaded;
    Epoch epoch;
    Version version;
    Units available = 0;
    Units held = 0;
    SaleState state = SaleState::kDraft;
    Revision revision;
    bool operator==(const GateFigures&) const = default;
};
struct GateSnapshot : GateFigures {
    std::vector<HeldOrder> held_orders;
};

enum class SyncVerdict : std::uint8_t { kApplied, kNotLoaded, kOtherEpoch };
enum class LoadVerdict : std::uint8_t { kLoaded, kWrongServer, kEpochNotNewer };

inline constexpr Millis kClaimDelayFirst{10'000};
inline constexpr Millis kClaimDelayMax{600'000};

class AdmissionGate {
public:
    ReserveReply reserve(const ServerId& self, WallTime now, std::span<const ReserveRequest> requests);
    SyncVerdict sync(const LedgerTruth& truth);
    // At most `orders_max` held orders whose due_at has passed; pushes their due_at forward. Empty on server mismatch.
    OrderBatch claim_stale(const ServerId& self, WallTime now, std::size_t orders_max);
    // Pushes due_at of held orders forward by their delays; unknown orders and other epochs are ignored.
    void park(Epoch epoch, WallTime now, std::span<const ParkedOrder> orders);
    LoadVerdict load(const ServerId& self, const ServerId& expected, GateImage image);
    // Applies only in the same epoch and if `revision` is newer.
    void set_state(Epoch epoch, Revision revision, SaleState state);
    GateFigures figures(const ServerId& self) const;
    GateSnapshot snapshot(const ServerId& self) const;

    // Letter of an order, nullopt when unknown; of the loaded gate.
    std::optional<KnownOrder> find(OrderId order) const;
    std::optional<HeldOrder> find_held(OrderId order) const;
    bool loaded() const { return loaded_; }
    Epoch epoch() const { return epoch_; }

private:
    struct Entry {
        Letter letter;
        Units quantity;
    };
    struct Buyer {
        Units bought = 0;
        Units held = 0;
        Version version;  // of the truth that `bought` came from; 0: from the load
    };

    Admission admit(WallTime now, const ReserveRequest& request);
    std::optional<Admission> replay(const ReserveRequest& request) const;
    std::optional<Verdict> window_verdict(WallTime now) const;
    void hold(HeldOrder held);
    void set_due(HeldOrder& held, WallTime due_at);
    void finish(const FinishedOrder& finished);
    Units sellable() const;

    bool loaded_ = false;
    ServerId server_;  // that loaded this gate
    SaleId sale_;
    Epoch epoch_;
    Version version_;
    Version loaded_version_;
    Units available_ = 0;
    Units held_ = 0;  // = Σ quantity of held_orders_
    Units limit_ = 1;
    WallTime opens_at_;
    WallTime closes_at_;
    SaleState state_ = SaleState::kDraft;
    Revision revision_;
    std::unordered_map<OrderId, HeldOrder> held_orders_;
    std::set<std::pair<WallTime, OrderId>> due_;  // exactly the held orders, so that claim_stale need not scan them
    std::unordered_map<OrderId, Entry> orders_;  // every order accepted in this sale
    std::unordered_map<BuyerId, Buyer> buyers_;
};

}  // namespace sluice
