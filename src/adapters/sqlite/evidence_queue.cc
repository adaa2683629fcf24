// The auditor's view of the work queue. Delayed messages are left out: they are only timers of
// orders that have their deferred row, and counting them would hide a missing one.

#include "adapters/sqlite/evidence.h"
#include "ports/message_codec.h"

namespace sluice {
namespace {

void tell_orders(
    const OrderBatch& batch, const std::function<void(const audit::QueuedFacts&)>& row
) {
    for (const auto& order : batch.orders) {
        row({order.order.text(), batch.sale.value(), order.quantity});
    }
}

}  // namespace

// A message that cannot be decoded may hold any order, so nothing may be concluded while it is
// there.
bool SqliteEvidence::queued_orders(const std::function<void(const audit::QueuedFacts&)>& row) {
    bool all_decoded = true;
    const bool read_all =
        each("SELECT id, body FROM queue_messages ORDER BY id", [&](const Statement& found) {
            const auto message = decode_message(found.get<Blob>(1).bytes);
            if (!message.ok()) {
                all_decoded = false;
                last_error_ = "queue message " + std::to_string(found.get<std::int64_t>(0)) + ": " +
                              to_string(message.error());
                return;
            }
            if (const auto* batch = std::get_if<OrderBatch>(&*message)) tell_orders(*batch, row);
        });
    return read_all && all_decoded;
}

}  // namespace sluice
