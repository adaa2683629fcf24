#pragma once
// Many rows in one statement: VALUES (…), (…), … and IN (?, ?, …). The statements come in five
// sizes only, so that each is prepared once per connection. (Measured: as fast as the exact size or
// array binding, which MySQL does not have.)

#include <array>
#include <string>
#include <string_view>

namespace sluice::maria {

inline constexpr std::array<std::size_t, 5> kBatchSizes{256, 64, 16, 4, 1};

// The texts of one statement in every size.
class BatchSql {
public:
    // head item, item, … item tail
    BatchSql(std::string_view head, std::string_view item, std::string_view tail = {});
    const std::string& text(std::size_t size) const;  // one of kBatchSizes

private:
    std::array<std::string, kBatchSizes.size()> texts_;
};

// "(?, ?, ?)" for a row of VALUES.
std::string row_of(std::size_t columns);

// use(first, size) with exact sizes until it returns false or `count` items are done; true when all
// were.
template <class Use>
bool in_batches(std::size_t count, Use use) {
    std::size_t first = 0;
    for (const auto size : kBatchSizes) {
        for (; count - first >= size; first += size) {
            if (!use(first, size)) return false;
        }
    }
    return true;
}

// The smallest size for so many items of an IN list; the list is filled up with its last item.
std::size_t padded(std::size_t count);

// use(first, count) with at most the largest size, for IN lists; as in_batches.
template <class Use>
bool in_lists(std::size_t count, Use use) {
    for (std::size_t first = 0; first < count; first += kBatchSizes[0]) {
        if (!use(first, count - first < kBatchSizes[0] ? count - first : kBatchSizes[0])) {
            return false;
        }
    }
    return true;
}

}  // namespace sluice::maria
