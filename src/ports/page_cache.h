#pragma once
// Whoever keeps copies of pages for all processes, as the writing side sees it. Thread-safe.

#include <string>

#include "async/task.h"
#include "base/result.h"
#include "base/time.h"

namespace sluice {

class PageCache {
public:
    virtual ~PageCache() = default;
    // After success no process serves what it knew of the page before the call began (domain/page_keys.h says what a
    // name stands for). Idempotent. Unknown names are success: nothing is kept of them.
    virtual Task<Result<Done>> invalidate(std::string page, Deadline) = 0;
};

// Of processes that keep no copies.
class NoPageCache final : public PageCache {
public:
    Task<Result<Done>> invalidate(std::string, Deadline) override { co_return Done{}; }
};

}  // namespace sluice
