#pragma once
// Everything the use cases stand on. Filled in by a composition root; nothing here is owned.

#include "ports/clock.h"
#include "ports/entropy.h"
#include "ports/events.h"
#include "ports/gate.h"
#include "ports/invalidation_outbox.h"
#include "ports/leadership.h"
#include "ports/lease_authority.h"
#include "ports/ledger.h"
#include "ports/log.h"
#include "ports/meter.h"
#include "ports/order_book.h"
#include "ports/order_queue.h"
#include "ports/page_cache.h"
#include "ports/platform_reader.h"
#include "ports/review_book.h"
#include "ports/sale_book.h"

namespace sluice {

struct Ports {
    Gate& gate;
    OrderQueue& queue;
    Ledger& ledger;
    OrderBook& orders;
    SaleBook& sales;
    Events& events;
    LeaseAuthority& leases;
    const Leadership& leadership;
    Clock& clock;
    Entropy& entropy;
    Meter& meter;
    Log& log;
    ReviewBook& reviews;
    InvalidationOutbox& outbox;
    PlatformReader& pages;
    PageCache& cache;
};

}  // namespace sluice
