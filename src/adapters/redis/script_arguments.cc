#include "adapters/redis/script_arguments.h"

#include <utility>

namespace sluice {

void Arguments::add_own(std::string text) {
    owned_.push_back(std::move(text));
    words_.push_back(owned_.back());
}

void Arguments::add_order(const OrderId& order) {
    // Bytes are bytes: what a std::uint8_t array holds may be read as characters ([basic.lval]).
    add({reinterpret_cast<const char*>(order.bytes().data()), order.bytes().size()});
}

}  // namespace sluice
