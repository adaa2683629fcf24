#include "adapters/mariadb/batches.h"

#include "base/check.h"

namespace sluice::maria {

BatchSql::BatchSql(std::string_view head, std::string_view item, std::string_view tail) {
    for (std::size_t i = 0; i < kBatchSizes.size(); ++i) {
        std::string& text = texts_[i];
        text.reserve(head.size() + (item.size() + 2) * kBatchSizes[i] + tail.size());
        text.append(head);
        for (std::size_t n = 0; n < kBatchSizes[i]; ++n) {
            if (n > 0) text.append(", ");
            text.append(item);
        }
        text.append(tail);
    }
}

const std::string& BatchSql::text(std::size_t size) const {
    for (std::size_t i = 0; i < kBatchSizes.size(); ++i) {
        if (kBatchSizes[i] == size) return texts_[i];
    }
    SLUICE_CHECK(!"a size of kBatchSizes");
    return texts_.back();
}

std::string row_of(std::size_t columns) {
    std::string row = "(?";
    for (std::size_t i = 1; i < columns; ++i) row += ", ?";
    return row + ")";
}

std::size_t padded(std::size_t count) {
    std::size_t smallest = kBatchSizes[0];
    for (const auto size : kBatchSizes) {
        if (size >= count) smallest = size;
    }
    SLUICE_CHECK(count >= 1 && count <= smallest);
    return smallest;
}

}  // namespace sluice::maria
