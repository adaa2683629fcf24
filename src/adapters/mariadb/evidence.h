#pragma once
// What the auditor reads from the production ledger: plain SQL of its own on a connection of its
// own, within one consistent snapshot from construction to destruction, so that all laws are judged
// from one moment. Shares no query with the ledger that it judges, and nothing else but the
// endpoint.
//
// The queue's messages are not in the database: queued_orders() tells of none, and whoever composes
// the evidence adds what the broker holds.
//
// Blocking, not thread-safe. Every method returns false when the server could not be read;
// last_error() says why.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/mariadb/connection.h"
#include "audit/evidence.h"

namespace sluice {

class MariaEvidence final : public audit::Evidence {
public:
    explicit MariaEvidence(const MariaEndpoint& endpoint);
    ~MariaEvidence() override;
    MariaEvidence(const MariaEvidence&) = delete;
    MariaEvidence& operator=(const MariaEvidence&) = delete;

    bool sales(std::vector<audit::SaleFacts>& out) override;
    bool movements(const std::function<void(const audit::MovementFacts&)>& row) override;
    bool buyers(const std::function<void(const audit::BuyerFacts&)>& row) override;
    bool orders(const std::function<void(const audit::OrderFacts&)>& row) override;
    bool payments(const std::function<void(const audit::PaymentFacts&)>& row) override;
    bool deferred_orders(const std::function<void(const audit::QueuedFacts&)>& row) override;
    bool queued_orders(const std::function<void(const audit::QueuedFacts&)>& row) override;
    std::string last_error() const override { return last_error_; }

private:
    // Calls `row` for each row of the query; false (with last_error_) when the server cannot be
    // read.
    bool each(std::string_view sql, const std::function<void(const maria::Row&)>& row);

    std::unique_ptr<maria::Connection> connection_;  // nullptr: nothing can be read
    std::string last_error_;
};

}  // namespace sluice
