#pragma once
// Engine: the cache without its types (erased.h): L1, flights, rebuilds, invalidation. README.md
// says what it promises.
//
// Thread-safe. Work for a key runs on the executor of the reader that began it; every waiter
// resumes on its own. The executors run until stop() has returned. Failure: a store that is away or
// hung costs a few milliseconds for a few calls, then nothing (breaker); a loader that fails is
// rested from, and readers get what is not past hard.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cache/context.h"
#include "cache/erased.h"
#include "cache/options.h"
#include "cache/stats.h"

namespace sluice::cache {

class Engine {
public:
    // `context` outlives the engine.
    Engine(Context& context, Options options, std::unique_ptr<ValueKind> kind);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // True: answered from L1, and nothing else to do: it is fresh, or stale and already being
    // rebuilt. `value` is nullptr when it is known not to exist.
    bool peek(std::string_view key, AnyValue& value);
    // After peek() has said no. Errors: the loader's when nothing before hard exists; kOverloaded (refused), kTimeout (waited
    // until the deadline), kStopped.
    Task<Result<AnyValue>> get(KeyRef key, Deadline deadline);
    // By index of keys.
    Task<std::vector<Result<AnyValue>>> get_many(std::vector<KeyRef> keys, Deadline deadline);
    Task<Result<Done>> invalidate(std::vector<std::string> keys, Deadline deadline);
    // No more requests; returns when no rebuild runs any more.
    Task<void> stop();

    void count(Event event, std::uint64_t times = 1);
    Stats stats() const;
    const std::string& name() const;

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with rebuilds under way
};

}  // namespace sluice::cache
