#pragma once
// What a benchmark saw: answers by kind from the client, settled orders from the ledger. Never
// mixed: a refusal is not an order, an accepted order is not a settled one.

#include <boost/json/object.hpp>
#include <string>

#include "load/firehose.h"

namespace sluice::cli {

struct BenchLedger {
    std::uint64_t settled = 0;
    std::uint64_t rejected = 0;
    load::Nanos seen_at = 0;  // when the ledger was seen to hold them all
};

struct BenchReport {
    load::FirehoseFigures figures;
    BenchLedger ledger;
    std::size_t connections = 0;
    double rate = 0;  // asked for; 0: closed loop

    double seconds() const;         // of load
    double answered_per_s() const;  // whatever the answer
    double accepted_per_s() const;  // durable before the answer
    double settled_per_s() const;   // from the first accept to the ledger holding all
};

boost::json::object bench_json(const BenchReport& report);
std::string bench_text(const BenchReport& report);

}  // namespace sluice::cli
