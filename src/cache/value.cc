#include "cache/value.h"

namespace sluice::cache {

ValueBlock* ValueType::allocate(std::string_view key, std::size_t value_bytes) const {
    if (key.size() > ValueBlock::kKeyMax) key = {};
    void* memory = ::operator new (key_at + key.size(), std::align_val_t{alignment});
    auto* block = new (memory) ValueBlock;
    const std::size_t units = (value_bytes + ValueBlock::kUnit - 1) / ValueBlock::kUnit;
    block->units = std::min(units, ValueBlock::kUnitsMax) & ValueBlock::kUnitsMax;
    block->key_size = key.size() & ValueBlock::kKeyMax;
    if (!key.empty()) {  // memcpy() takes no null pointer
        std::memcpy(static_cast<std::byte*>(memory) + key_at, key.data(), key.size());
    }
    return block;
}

}  // namespace sluice::cache
