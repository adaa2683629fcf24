#pragma once
// The buyers' and the payment provider's routes (docs/interfaces.md). One router per io thread,
// because the use cases behind it belong to that thread.

#include "adapters/http/credentials.h"
#include "adapters/http/rate_limit.h"
#include "adapters/http/router.h"
#include "app/cancel_order.h"
#include "app/catalogue_lease.h"
#include "app/pay_order.h"
#include "app/place_order.h"
#include "app/read_orders.h"
#include "app/write_reviews.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/order_book.h"
#include "ports/platform_reader.h"
#include "ports/sale_book.h"

namespace sluice::http {

// Everything outlives the router.
struct PublicServices {
    PlaceOrder& place;
    ReadOrders& reads;
    PayOrder& pay;
    CancelOrder& cancel;
    WriteReviews& reviews;
    PlatformReader& pages;
    OrderBook& orders;
    const CatalogueLease& lease;
    Clock& clock;
    Log& log;
    const TokenAuthority& tokens;
    const PaymentSignatures& signatures;
    RateLimiter* address_limit = nullptr;  // nullptr: no limit; may be shared by threads
    RateLimiter* buyer_limit = nullptr;
    Millis work_time{5'000};  // deadline of one request's work, waiting not included
};

Router make_public_router(PublicServices services);

// GET /livez: answers 200 as long as this thread runs its io_context; touches nothing.
Handler alive_handler();

}  // namespace sluice::http
