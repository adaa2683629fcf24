#pragma once
// The auditor: reads the evidence once and judges every law.

#include <optional>
#include <vector>

#include "audit/evidence.h"
#include "audit/journal.h"
#include "audit/laws.h"

namespace sluice::audit {

struct UnreadQueue {
    std::uint64_t messages = 0;  // not delivered yet, of all partitions
    bool failed = false;         // they could not even be counted
};

struct AuditInput {
    Evidence& stores;
    // nullopt: no gate is loaded (no process owns the stores): L5, L7 and L9 are not_applicable.
    std::optional<std::vector<GateFacts>> gates;
    bool gates_failed = false;  // a gate should have answered and did not: those laws are unjudged
    std::optional<std::vector<JournalLine>> journal;  // nullopt: L6, L10, L12 are not_applicable
    // A broker's messages can be counted, not read. nullopt: Evidence::queued_orders shows each one.
    std::optional<UnreadQueue> unread_queue = std::nullopt;
};

AuditReport run_audit(AuditInput input);

}  // namespace sluice::audit
