#include "mariadb/shop.h"

namespace sluice {
namespace {

// Each finds what must not be there.
constexpr std::array<std::pair<const char*, const char*>, 7> kLaws{{
    {"L1 oversold", "SELECT sale_id FROM sale_stock WHERE available < 0 OR available > total"},
    {"L2 units",
     "SELECT k.sale_id FROM sale_stock k WHERE k.total - k.available <> (SELECT"
     " COALESCE(SUM(o.quantity), 0) FROM orders o WHERE o.sale_id = k.sale_id"
     " AND o.state IN ('awaiting_payment', 'paid'))"},
    {"L3 gap",
     "SELECT k.sale_id FROM sale_stock k WHERE k.version <> (SELECT COUNT(*) FROM stock_movements m"
     " WHERE m.sale_id = k.sale_id) OR k.version <> (SELECT MAX(m.version) FROM stock_movements m"
     " WHERE m.sale_id = k.sale_id) OR k.available <> (SELECT SUM(m.units) FROM stock_movements m"
     " WHERE m.sale_id = k.sale_id)"},
    {"L3 step",
     "SELECT m.sale_id FROM stock_movements m JOIN stock_movements b ON b.sale_id = m.sale_id"
     " AND b.version = m.version - 1 WHERE m.available_after <> b.available_after + m.units"},
    {"L4 totals",
     "SELECT t.sale_id FROM buyer_totals t WHERE t.bought <> (SELECT COALESCE(SUM(o.quantity), 0)"
     " FROM orders o WHERE o.sale_id = t.sale_id AND o.buyer = t.buyer"
     " AND o.state IN ('awaiting_payment', 'paid'))"},
    {"L4 limit",
     "SELECT o.sale_id FROM orders o JOIN sales s ON s.sale_id = o.sale_id"
     " WHERE o.state IN ('awaiting_payment', 'paid') GROUP BY o.sale_id, o.buyer, s.limit_per_buyer"
     " HAVING SUM(o.quantity) > s.limit_per_buyer"},
    {"figures",
     "SELECT k.sale_id FROM sale_stock k WHERE (SELECT COALESCE(SUM(p.units), 0) FROM paid_units p"
     " WHERE p.sale_id = k.sale_id) <> (SELECT COALESCE(SUM(o.quantity), 0) FROM orders o"
     " WHERE o.sale_id = k.sale_id AND o.state = 'paid') OR k.cancelled_orders <> (SELECT COUNT(*)"
     " FROM orders o WHERE o.sale_id = k.sale_id AND o.state = 'cancelled')"},
}};

}  // namespace

std::string broken_laws(maria::Connection& connection) {
    std::string broken;
    for (const auto& [name, sql] : kLaws) {
        auto row = connection.prepare(sql);
        row.execute();
        if (row.next()) broken.append(name).append("; ");
    }
    return broken;
}

}  // namespace sluice
