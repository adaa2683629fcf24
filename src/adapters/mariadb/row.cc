#include "adapters/mariadb/row.h"

#include <cstring>

namespace sluice::maria {

OrderId Row::order_id(int column) const {
    const auto bytes = view(column);
    OrderId::Bytes id{};
    if (bytes.size() != id.size()) throw_unknown(column);
    std::memcpy(id.data(), bytes.data(), id.size());
    return OrderId{id};
}

}  // namespace sluice::maria
