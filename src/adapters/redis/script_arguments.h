#pragma once
// The arguments of one script call: borrowed bytes, and texts and numbers that it owns.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace sluice {

class Arguments {
public:
    // The bytes outlive the call's formatting.
    void add(std::string_view bytes) { words_.push_back(bytes); }
    void add_own(std::string text);
    void add_number(std::int64_t number) { add_own(std::to_string(number)); }
    void add_number(std::uint64_t number) { add_own(std::to_string(number)); }
    void add_order(const OrderId& order);  // its 16 bytes; the id outlives the formatting
    const std::vector<std::string_view>& words() const { return words_; }

private:
    std::vector<std::string_view> words_;
    std::deque<std::string> owned_;  // a deque: growing moves nothing
};

}  // namespace sluice
