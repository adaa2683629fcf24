#pragma once
// Payments in the ledger (docs/protocol.md §8): stored once under their id, decided by
// plan_payment() in the same transaction as the order row they change. Paying takes no version: the
// order keeps its units. Locks: the payment's row, then the order's; never the stock row. Inside
// the caller's transaction. Throws SqlError.

#include <optional>

#include "adapters/mariadb/connection.h"
#include "ports/ledger.h"

namespace sluice::maria {

// Errors: kConflict when the id is known with another order, amount or currency.
Result<PaymentOutcome> store_payment(Connection& connection, const Payment& payment);
// Errors: kNotFound.
Result<PaymentOutcome> decide_stored_payment(Connection& connection, const PaymentId& payment);
Result<Done> set_replacement(Connection& connection, const PaymentId& payment, OrderId replacement);
Result<Done> set_refund_due(Connection& connection, const PaymentId& payment, RefundReason reason);
// nullopt: no such order.
std::optional<OrderRow> extend_order_deadline(Connection& connection, OrderId order, Millis by);

}  // namespace sluice::maria
