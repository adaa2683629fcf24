#pragma once
// The invalidation outbox: names of pages (domain/page_keys.h) that a committed change made wrong. Rows are written by
// SaleBook, ReviewBook and Ledger in the transaction of the change; they stay until the second level has taken the
// invalidation (each first level hears it from there, or stops believing itself: docs/cache.md), so no crash and no
// outage leaves a page wrong for longer than its own life. Thread-safe.

#include <cstdint>
#include <string>
#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "base/time.h"

namespace sluice {

struct Invalidation {
    std::int64_t id = 0;
    std::string page;
};

class InvalidationOutbox {
public:
    virtual ~InvalidationOutbox() = default;
    // The oldest rows, by id. A transaction that is slow to commit may still add one with a lower id.
    virtual Task<Result<std::vector<Invalidation>>> read(std::size_t rows_max, Deadline) = 0;
    // These rows and no others; missing ones are fine.
    virtual Task<Result<Done>> remove(std::vector<std::int64_t> ids, Deadline) = 0;
};

}  // namespace sluice
