#pragma once
// Goods and sales as JSON. Pure.

#include <string>

#include "adapters/http/problem.h"
#include "domain/sale.h"
#include "ports/order_book.h"
#include "ports/sale_book.h"

namespace sluice::http {

std::string goods_json(const Goods& goods);

// As the public sees it, but without the time at which it was made.
std::string timeless_sale_json(const Sale& sale, WallTime now);
// Public: coarse stock. Operators: exact units, epoch, revision and both states.
std::string sale_json(const Sale& sale, WallTime now, Audience audience);
std::string stock_json(const StockFigures& figures);

}  // namespace sluice::http
