#pragma once
// What the engine needs to know about the types of a cache: values as bytes, how to load them.
// LogicalCache implements it once for each Key and Value, so that everything else is compiled once.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "cache/value.h"

namespace sluice::cache {

struct KeyRef {
    std::string text;                 // without the cache's name
    std::shared_ptr<const void> key;  // the caller's Key
};

class ValueKind {
public:
    virtual ~ValueKind() = default;
    virtual std::string encode(const AnyValue& value) const = 0;  // not of nullptr
    // nullptr: not understood.
    virtual AnyValue decode(std::string_view key, std::string_view bytes) const = 0;
    virtual const ValueType& type() const = 0;
    // By index of keys. Called with at most one permit of the bulkhead for each call.
    virtual Task<Result<std::vector<AnyValue>>> load(
        std::vector<KeyRef> keys, Deadline deadline
    ) = 0;
};

}  // namespace sluice::cache
