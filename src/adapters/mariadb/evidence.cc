#include "adapters/mariadb/evidence.h"

#include <optional>
#include <utility>

namespace sluice {
namespace {

using maria::Connection;
using maria::Row;
using maria::SqlError;

// An audit reads whole tables before the first row comes, and its snapshot may wait long between
// two of its questions.
MariaTimeouts patient() {
    MariaTimeouts timeouts;
    timeouts.silence = std::chrono::seconds{600};
    timeouts.idle = std::chrono::seconds{600};
    return timeouts;
}

// An order id as UUID text, from its 16 bytes; NULL becomes ''.
std::string uuid(const std::string& column) {
    const auto part = [&](int from, int count) {
        return ", SUBSTR(HEX(" + column + "), " + std::to_string(from) + ", " +
               std::to_string(count) + ")";
    };
    return "CASE WHEN " + column + " IS NULL THEN '' ELSE LOWER(CONCAT_WS('-'" + part(1, 8) +
           part(9, 4) + part(13, 4) + part(17, 4) + part(21, 12) + ")) END";
}

// Sums are DECIMAL unless they are cast.
constexpr std::string_view kSales =
    "SELECT s.sale_id, COALESCE(g.title, ''), COALESCE(k.total, 0), COALESCE(k.available, 0),"
    " COALESCE(k.version, 0), COALESCE(k.epoch, 0), COALESCE(k.sealed_epoch, 0),"
    " s.limit_per_buyer, s.gate_state, s.mode, s.price,"
    " CAST(COALESCE(o.active_units, 0) AS SIGNED), COALESCE(o.order_rows, 0),"
    " CAST(COALESCE(o.awaiting, 0) AS SIGNED), CAST(COALESCE(o.paid, 0) AS SIGNED),"
    " CAST(COALESCE(o.cancelled, 0) AS SIGNED), CAST(COALESCE(o.rejected, 0) AS SIGNED),"
    " COALESCE(d.order_rows, 0), CAST(COALESCE(d.units, 0) AS SIGNED)"
    " FROM sales s LEFT JOIN goods g ON g.goods_id = s.goods_id"
    " LEFT JOIN sale_stock k ON k.sale_id = s.sale_id"
    " LEFT JOIN (SELECT sale_id, COUNT(*) AS order_rows,"
    "  SUM(CASE WHEN state IN ('awaiting_payment', 'paid') THEN quantity ELSE 0 END)"
    "   AS active_units,"
    "  SUM(state = 'awaiting_payment') AS awaiting, SUM(state = 'paid') AS paid,"
    "  SUM(state = 'cancelled') AS cancelled, SUM(state = 'rejected') AS rejected"
    "  FROM orders GROUP BY sale_id) o ON o.sale_id = s.sale_id"
    " LEFT JOIN (SELECT sale_id, COUNT(*) AS order_rows, SUM(quantity) AS units"
    "  FROM deferred_orders GROUP BY sale_id) d ON d.sale_id = s.sale_id"
    " ORDER BY s.sale_id";

// The totals rows and the active orders side by side, a buyer's ones together. Sorted and added up
// here: grouping a million buyers takes the server several times as long.
constexpr std::string_view kBuyers =
    "SELECT sale_id, buyer, bought, 0 FROM buyer_totals"
    " UNION ALL"
    " SELECT sale_id, buyer, 0, quantity FROM orders WHERE state IN ('awaiting_payment', 'paid')"
    " ORDER BY 1, 2";

// Room for sorting; only speed, so a server that does not allow it is fine.
constexpr std::string_view kRoom =
    "SET SESSION tmp_table_size = 268435456, max_heap_table_size = 268435456,"
    " sort_buffer_size = 33554432";

audit::SaleFacts read_sale_facts(const Row& row) {
    audit::SaleFacts facts;
    facts.sale = row.get<std::uint32_t>(0);
    facts.title = row.get<std::string>(1);
    facts.total = row.get<std::int64_t>(2);
    facts.available = row.get<std::int64_t>(3);
    facts.version = row.get<std::uint64_t>(4);
    facts.epoch = row.get<std::uint64_t>(5);
    facts.sealed_epoch = row.get<std::uint64_t>(6);
    facts.limit_per_buyer = row.get<std::int64_t>(7);
    facts.gate_state = row.get<std::string>(8);
    facts.mode = row.get<std::string>(9);
    facts.price = row.get<std::int64_t>(10);
    facts.active_units = row.get<std::int64_t>(11);
    facts.orders = row.get<std::uint64_t>(12);
    facts.awaiting_payment = row.get<std::uint64_t>(13);
    facts.paid = row.get<std::uint64_t>(14);
    facts.cancelled = row.get<std::uint64_t>(15);
    facts.rejected = row.get<std::uint64_t>(16);
    facts.deferred_orders = row.get<std::uint64_t>(17);
    facts.deferred_units = row.get<std::int64_t>(18);
    return facts;
}

}  // namespace

MariaEvidence::MariaEvidence(const MariaEndpoint& endpoint) {
    auto opened = Connection::open(endpoint, patient(), maria::Role::kAuditor);
    if (!opened.ok()) {
        last_error_ = to_string(opened.error());
        return;
    }
    try {
        (*opened)->execute(kRoom);
    } catch (const SqlError&) {
    }
    try {
        (*opened)->execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        connection_ = std::move(*opened);
    } catch (const SqlError& failure) {
        last_error_ = failure.what();
    }
}

MariaEvidence::~MariaEvidence() = default;  // the farewell ends the transaction

bool MariaEvidence::each(std::string_view sql, const std::function<void(const Row&)>& row) {
    if (!connection_) return false;
    try {
        auto rows = connection_->prepare(sql);
        rows.execute();
        while (rows.next()) row(rows);
        return true;
    } catch (const SqlError& failure) {
        last_error_ = failure.what();
        return false;
    }
}

bool MariaEvidence::sales(std::vector<audit::SaleFacts>& out) {
    out.clear();
    return each(kSales, [&](const Row& row) { out.push_back(read_sale_facts(row)); });
}

bool MariaEvidence::movements(const std::function<void(const audit::MovementFacts&)>& row) {
    const auto* sql =
        "SELECT sale_id, version, units, available_after FROM stock_movements"
        " ORDER BY sale_id, version";
    return each(sql, [&](const Row& found) {
        row(
            {found.get<std::uint32_t>(0), found.get<std::uint64_t>(1), found.get<std::int64_t>(2),
             found.get<std::int64_t>(3)}
        );
    });
}

bool MariaEvidence::buyers(const std::function<void(const audit::BuyerFacts&)>& row) {
    std::optional<audit::BuyerFacts> current;  // whose rows are being added up
    const bool all = each(kBuyers, [&](const Row& found) {
        audit::BuyerFacts facts{
            found.get<std::uint32_t>(0), found.get<std::string>(1), found.get<std::int64_t>(2),
            found.get<std::int64_t>(3)};
        if (current && current->sale == facts.sale && current->buyer == facts.buyer) {
            current->totals_row += facts.totals_row;
            current->active_units += facts.active_units;
            return;
        }
        if (current) row(*current);
        current = std::move(facts);
    });
    if (all && current) row(*current);
    return all;
}

bool MariaEvidence::orders(const std::function<void(const audit::OrderFacts&)>& row) {
    const auto sql = "SELECT " + uuid("order_id") +
                     ", sale_id, quantity, price, state, reason FROM orders"
                     " ORDER BY sale_id, place";
    return each(sql, [&](const Row& found) {
        row(
            {found.get<std::string>(0), found.get<std::uint32_t>(1), found.get<std::int64_t>(2),
             found.get<std::int64_t>(3), found.get<std::string>(4), found.get<std::string>(5)}
        );
    });
}

bool MariaEvidence::payments(const std::function<void(const audit::PaymentFacts&)>& row) {
    const auto sql = "SELECT payment_id, " + uuid("order_id") + ", " + uuid("replacement") +
                     ", state FROM payments ORDER BY payment_id";
    return each(sql, [&](const Row& found) {
        row(
            {found.get<std::string>(0), found.get<std::string>(1), found.get<std::string>(2),
             found.get<std::string>(3)}
        );
    });
}

bool MariaEvidence::deferred_orders(const std::function<void(const audit::QueuedFacts&)>& row) {
    const auto sql = "SELECT " + uuid("order_id") +
                     ", sale_id, quantity FROM deferred_orders ORDER BY sale_id, order_id";
    return each(sql, [&](const Row& found) {
        row({found.get<std::string>(0), found.get<std::uint32_t>(1), found.get<std::int64_t>(2)});
    });
}

bool MariaEvidence::queued_orders(const std::function<void(const audit::QueuedFacts&)>&) {
    return true;
}

}  // namespace sluice
