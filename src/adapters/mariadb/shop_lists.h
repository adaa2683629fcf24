#pragma once
// Lists of shops by keyset on the caller's connection and transaction; failures are thrown as
// SqlError.

#include <vector>

#include "adapters/mariadb/connection.h"
#include "ports/sale_book.h"

namespace sluice::maria {

std::vector<Shop> list_shop_rows(Connection& connection, const ShopQuery& query);

}  // namespace sluice::maria
