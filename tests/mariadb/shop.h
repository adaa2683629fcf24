#pragma once
// A sale and its orders, for tests that do more to the ledger than call it.

#include <string>
#include <vector>

#include "contract/ledger_fixture.h"
#include "mariadb/test_server.h"

namespace sluice {

// The fixture of the contract suites, with access to the process behind it.
class MariaFaultTest : public LedgerFixture<MariaBackend> {
protected:
    using Outcome = Result<Applied>;

    MariaProcess& process() { return backend_.process(); }
    TestServer& server() { return TestServer::shared(); }

    // One order of a buyer of its own, planned on what the ledger shows now.
    LedgerChange one_order(SaleId sale, std::uint8_t number) {
        auto planned = plan({order(sale, number, "buyer-" + std::to_string(number))});
        EXPECT_TRUE(planned.change.has_value());
        return std::move(*planned.change);
    }
    Outcome try_apply(LedgerChange change, Deadline deadline = Deadline::never()) {
        return backend_.run(ledger().apply(std::move(change), deadline));
    }
    static Code code_of(const Outcome& outcome) {
        EXPECT_FALSE(outcome.ok());
        return outcome.ok() ? Code::kInternal : outcome.error().code;
    }
};

// Laws L1 to L4 by SQL of the test's own; "" when they hold.
std::string broken_laws(maria::Connection& connection);

}  // namespace sluice
