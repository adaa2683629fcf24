#pragma once
// What the numbers of a MariaDB or MySQL error mean for the ledger, as one table. Pure.
//
// Three moments, three meanings: while connecting nothing has happened; before COMMIT was sent the
// transaction is certainly not committed, whatever went wrong; the answer to COMMIT itself may be
// lost, and then nobody knows.

#include <stdexcept>
#include <string>

#include "base/result.h"

namespace sluice::maria {

enum class Moment : std::uint8_t { kConnecting, kWorking, kCommitting };

// A failed call of the client library. Never leaves the adapter.
class SqlError : public std::runtime_error {
public:
    SqlError(unsigned number, const std::string& what)
        : std::runtime_error(what), number_(number) {}
    unsigned number() const { return number_; }  // the server's (1000…) or the client's (2000…2999)

private:
    unsigned number_;
};

// kTransient: rolled back, repeat. kPermanent: a constraint that cannot hold. kUnavailable: this
// server cannot do it now. kOutcomeUnknown: only while committing. kInternal: a number that is not
// in the table; treated as unavailable by the use cases, so that nothing is buried for it.
Code code_of(unsigned number, Moment moment);
Error to_error(const SqlError& failure, Moment moment);

// The connection is of no use any more.
bool is_lost(unsigned number);
// A row with the same key exists.
bool is_duplicate(unsigned number);
// A migration's statement that was done already.
bool is_already_done(unsigned number);

}  // namespace sluice::maria
