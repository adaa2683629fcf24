#pragma once
// What the auditor reads from the file of embedded mode: plain SQL of its own on a read-only
// connection of its own, within one read transaction from construction to destruction, so that all
// laws are judged from one moment. Works beside a live owner and without one. Shares no query with
// the ledger that it judges.
//
// Not thread-safe. Every method returns false when the store could not be read; last_error() says
// why.

#include <functional>
#include <memory>
#include <string>

#include "adapters/sqlite/connection.h"
#include "audit/evidence.h"

namespace sluice {

class SqliteEvidence final : public audit::Evidence {
public:
    explicit SqliteEvidence(const std::string& path, const std::string& vfs = {});
    ~SqliteEvidence() override;
    SqliteEvidence(const SqliteEvidence&) = delete;
    SqliteEvidence& operator=(const SqliteEvidence&) = delete;

    bool sales(std::vector<audit::SaleFacts>& out) override;
    bool movements(const std::function<void(const audit::MovementFacts&)>& row) override;
    bool buyers(const std::function<void(const audit::BuyerFacts&)>& row) override;
    bool orders(const std::function<void(const audit::OrderFacts&)>& row) override;
    bool payments(const std::function<void(const audit::PaymentFacts&)>& row) override;
    bool deferred_orders(const std::function<void(const audit::QueuedFacts&)>& row) override;
    bool queued_orders(const std::function<void(const audit::QueuedFacts&)>& row) override;
    std::string last_error() const override { return last_error_; }

private:
    // Calls `row` for each row of the query; false (with last_error_) when the store cannot be
    // read.
    bool each(std::string_view sql, const std::function<void(const Statement&)>& row);

    std::unique_ptr<Connection> connection_;  // nullptr iff it could not be opened
    std::string last_error_;
};

}  // namespace sluice
