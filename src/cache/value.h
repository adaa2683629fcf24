#pragma once
// A cached value with its key and the count of its holders in one allocation: the first level pays
// one pointer and eight bytes for it, and a hit, which compares the key, has fetched the count that
// it raises as well.
//
// AnyValue holds a value of a type that only its cache knows, Held<Value> is what readers get:
// shared ownership as with std::shared_ptr<const Value>, and as thread-safe. What is held outlives
// its eviction, its invalidation and its cache.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace sluice::cache {

// The head of the allocation; the value and the key's bytes follow where its ValueType says.
struct ValueBlock {
    static constexpr std::size_t kUnit = 16;  // bytes: what values are weighed in
    static constexpr std::size_t kUnitsMax = (1U << 20U) - 1;
    static constexpr std::size_t kKeyMax = (1U << 12U) - 1;

    std::atomic<std::uint32_t> holders{1};
    std::uint32_t units : 20;     // kUnitsMax: that or more
    std::uint32_t key_size : 12;  // 0 also for a longer key, which L1 does not keep
};
static_assert(sizeof(ValueBlock) == 8);

struct ValueType {
    std::size_t value_at;  // from the head
    std::size_t key_at;
    std::size_t alignment;
    void (*destroy)(const void* value);

    // With the key in place and without the value; one holder.
    ValueBlock* allocate(std::string_view key, std::size_t value_bytes) const;
    void free(ValueBlock* block) const { ::operator delete (block, std::align_val_t{alignment}); }
    const void* value_of(const ValueBlock* block) const {
        return reinterpret_cast<const std::byte*>(block) + value_at;
    }
    std::string_view key_of(const ValueBlock* block) const {
        return {reinterpret_cast<const char*>(block) + key_at, block->key_size};
    }
};

// For what is known not to exist: a key and nothing else.
inline constexpr ValueType kNoValue{
    sizeof(ValueBlock), sizeof(ValueBlock), alignof(ValueBlock), [](const void*) {}};

template <class Value>
inline constexpr std::size_t kValueAt = std::max(sizeof(ValueBlock), alignof(Value));
template <class Value>
inline constexpr ValueType kValueType{
    kValueAt<Value>, kValueAt<Value> + sizeof(Value), std::max(alignof(ValueBlock), alignof(Value)),
    [](const void* value) { std::destroy_at(static_cast<const Value*>(value)); }};

class AnyValue {
public:
    AnyValue() = default;  // nullptr: there is no such thing
    AnyValue(std::nullptr_t) {}
    // Takes over one holder.
    AnyValue(const ValueType& type, ValueBlock* block) : type_(&type), block_(block) {}
    // One holder more.
    static AnyValue share(const ValueType& type, ValueBlock* block) {
        block->holders.fetch_add(1, std::memory_order_relaxed);
        return AnyValue(type, block);
    }
    AnyValue(const AnyValue& other) : type_(other.type_), block_(other.block_) {
        if (block_ != nullptr) block_->holders.fetch_add(1, std::memory_order_relaxed);
    }
    AnyValue(AnyValue&& other) noexcept
        : type_(other.type_), block_(std::exchange(other.block_, nullptr)) {}
    AnyValue& operator=(AnyValue other) noexcept {
        std::swap(type_, other.type_);
        std::swap(block_, other.block_);
        return *this;
    }
    ~AnyValue() {
        if (block_ != nullptr && block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            type_->destroy(type_->value_of(block_));
            type_->free(block_);
        }
    }

    const void* get() const { return block_ == nullptr ? nullptr : type_->value_of(block_); }
    friend bool operator==(const AnyValue& value, std::nullptr_t) {
        return value.block_ == nullptr;
    }
    const ValueBlock& block() const { return *block_; }  // not of nullptr
    // The caller is the holder now, and gives it back to an AnyValue.
    ValueBlock* release() { return std::exchange(block_, nullptr); }

private:
    const ValueType* type_ = nullptr;
    ValueBlock* block_ = nullptr;
};

// `bytes`: what the value holds in memory.
template <class Value>
AnyValue make_value(std::string_view key, Value value, std::size_t bytes) {
    const ValueType& type = kValueType<Value>;
    const auto free = [](ValueBlock* unused) { kValueType<Value>.free(unused); };
    std::unique_ptr<ValueBlock, decltype(free)> block(type.allocate(key, bytes), free);
    new (reinterpret_cast<std::byte*>(block.get()) + type.value_at) Value(std::move(value));
    return AnyValue(type, block.release());
}

template <class Value>
class Held {
public:
    Held() = default;  // nullptr: there is no such thing
    explicit Held(AnyValue value) : value_(std::move(value)) {}

    const Value* get() const { return static_cast<const Value*>(value_.get()); }
    const Value& operator*() const { return *get(); }
    const Value* operator->() const { return get(); }
    explicit operator bool() const { return get() != nullptr; }
    friend bool operator==(const Held& held, std::nullptr_t) { return held.get() == nullptr; }

private:
    AnyValue value_;
};

}  // namespace sluice::cache
