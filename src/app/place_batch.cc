#include "app/place_batch.h"

#include <utility>

namespace sluice {

void PlaceWaiting::answer(PlaceReply reply) {
    SLUICE_CHECK(resume.has_value());
    (*resume)(std::move(reply));
    resume.reset();
}

PlaceReply refused(std::optional<OrderId> order, Error error, Units left) {
    PlaceReply reply;
    reply.order = order;
    reply.refusal = std::move(error);
    reply.left = left;
    return reply;
}

PlaceReply replayed(const OrderRow& row, Units quantity) {
    if (row.quantity != quantity) return refused(row.order, fail(Code::kPayloadMismatch));
    if (row.state == OrderState::kRejected) {
        return refused(row.order, fail(Code::kOrderRejected, std::string(to_string(row.reason))));
    }
    PlaceReply reply;
    reply.order = row.order;
    reply.view = view_of(row);
    reply.replayed = true;
    return reply;
}

void answer_all(std::vector<PlaceWaiting>& batch, const Error& error) {
    for (PlaceWaiting& waiting : batch) {
        if (!waiting.answered()) waiting.answer(refused(waiting.order, error));
    }
}

}  // namespace sluice
