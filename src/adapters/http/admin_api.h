#pragma once
// The operators' routes (docs/interfaces.md), for a listener of their own. Viewers may only GET;
// every action takes a reason and records the name of the token that asked for it. Health, metrics
// and the auditor are the runtime's and come as functions.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/credentials.h"
#include "adapters/http/router.h"
#include "app/cancel_order.h"
#include "app/dead_letter_desk.h"
#include "app/manage_sales.h"
#include "app/manage_shops.h"
#include "app/read_orders.h"
#include "app/reconcile_sales.h"
#include "audit/laws.h"
#include "ports/clock.h"
#include "ports/ledger.h"
#include "ports/log.h"
#include "ports/order_book.h"
#include "ports/sale_book.h"

namespace sluice::http {

struct DependencyHealth {
    std::string name;
    bool up = false;
    std::string detail;
};
struct Health {
    bool ready = false;  // may be sent buyers
    std::vector<DependencyHealth> dependencies;
};

// Everything outlives the router.
struct AdminServices {
    ManageSales& manage;
    ReadOrders& reads;
    CancelOrder& cancel;
    DeadLetterDesk& desk;
    ManageShops& shops;
    ReviewBook& reviews;
    SaleBook& sales;
    OrderBook& orders;
    Ledger& ledger;
    Clock& clock;
    Log& log;
    const AdminTokens& tokens;
    std::function<Task<Result<ReconcileReport>>(bool fix)> reconcile;
    std::function<Task<Result<audit::AuditReport>>(std::optional<std::string> journal)> audit;
    std::function<Task<Result<std::size_t>>(SaleId sale)> warm;  // how many pages were read ahead
    std::function<std::string()> metrics;  // Prometheus text
    std::function<Health()> health;        // touches no dependency: what is known
    Millis work_time{10'000};              // deadline of one request's work
};

Router make_admin_router(AdminServices services);

}  // namespace sluice::http
