#pragma once
// Lists of shops by keyset on the caller's connection and transaction; failures are thrown as
// SqliteError.

#include <vector>

#include "adapters/sqlite/connection.h"
#include "ports/sale_book.h"

namespace sluice {

std::vector<Shop> list_shop_rows(Connection& connection, const ShopQuery& query);

}  // namespace sluice
