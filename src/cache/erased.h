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

namespace sluice::cache {

using AnyValue = std::shared_ptr<const void>;  // nullptr: there is no such thing

struct KeyRef {
    std::string text;                 // without the cache's name
    std::shared_ptr<const void> key;  // the caller's Key
};

class ValueKind {
public:
    virtual ~ValueKind() = default;
    virtual std::string encode(const AnyValue& value) const = 0;  // not of nullptr
    virtual AnyValue decode(std::string_view bytes) const = 0;    // nullptr: not understood
    virtual std::size_t bytes_of(const AnyValue& value) const = 0;
    // By index of keys. Called with at most one permit of the bulkhead for each call.
    virtual Task<Result<std::vector<AnyValue>>> load(
        std::vector<KeyRef> keys, Deadline deadline
    ) = 0;
};

}  // namespace sluice::cache
