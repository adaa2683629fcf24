#pragma once
// The one wire form of queue messages, shared by every queue adapter: a version byte, a kind byte, then fixed-width
// big-endian fields and length-prefixed strings. decode() never throws and accepts only what encode() makes. The orders
// of a batch are all of its sale.

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/order_queue.h"

namespace sluice {

std::string encode(const Message& message);
// Errors: kBadRequest with what is wrong and where.
Result<Message> decode_message(std::string_view body);

}  // namespace sluice
