#pragma once
// The proof of a demo: what the ledger says of the sale, judged against what the buyers were told.
// No figure in it comes from a counter of the server.

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/admin_client.h"
#include "cli/verdicts.h"
#include "load/crowd.h"
#include "runtime/config.h"

namespace sluice::cli {

struct DemoProof {
    std::int64_t units = 0;
    std::uint64_t buyers = 0;
    std::uint64_t accepted = 0;  // distinct order ids answered 202 or 201
    std::uint64_t repeated =
        0;  // further orders whose first answer was lost: their buyers got 200 by repeating the key
    std::uint64_t settled = 0;  // ledger rows awaiting payment, paid or cancelled
    std::uint64_t paid = 0, cancelled = 0, rejected = 0;
    std::uint64_t unknown = 0;  // purchases whose last answer left the outcome open
    std::map<std::string, std::uint64_t> refused;
    double refused_at_gate_share =
        0;                         // of all decided purchases: refused without a row in the ledger
    std::int64_t oversold = 0;     // units
    std::uint64_t lost = 0;        // accepted without a row, a deferred row or a place in the queue
    std::uint64_t duplicates = 0;  // keys with two orders, orders with two rows
    std::int64_t drift = 0;        // Σ |gate − ledger| units
    std::vector<LawVerdict> laws;
    double orders_per_s = 0;

    bool holds() const;
};

struct ProofSources {
    const AdminClient& admin;
    const Config& config;  // where the stores are
    const std::string& journal;
    std::uint32_t sale = 0;
    const load::CrowdFigures& crowd;
};

// Nothing of the sale awaits payment, is deferred or on its way any more. False as well when it could
// not be read.
bool is_drained(const Config& config, std::uint32_t sale);
// Orders of the sale that await payment; nullopt when it could not be read.
std::optional<std::uint64_t> awaiting_payment(const Config& config, std::uint32_t sale);
// Errors: whatever could not be read; there is no half a proof.
Result<DemoProof> make_proof(const ProofSources& sources);

boost::json::object proof_json(const DemoProof& proof, const load::CrowdFigures& crowd);
std::string proof_text(const DemoProof& proof, const load::CrowdFigures& crowd);

}  // namespace sluice::cli
