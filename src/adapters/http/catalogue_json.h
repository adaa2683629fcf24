#pragma once
// Shops, goods and sales as JSON. Pure.

#include <string>

#include "adapters/http/problem.h"
#include "domain/sale.h"
#include "ports/order_book.h"
#include "ports/sale_book.h"

namespace sluice::http {

std::string shop_json(const Shop& shop);
std::string goods_json(const Goods& goods);

// What the public may know of the stock: "none", "few" (a tenth or less of the total) or "plenty".
// A hint: units of accepted orders that are not settled yet still count as there.
std::string_view coarse_stock(const Sale& sale);

// Public: coarse stock. Operators: exact units, epoch, revision and both states.
std::string sale_json(const Sale& sale, WallTime now, Audience audience);
std::string stock_json(const StockFigures& figures);

}  // namespace sluice::http
