#pragma once
// A World of virtual time: one database, one store in memory, and any number of processes, each
// with its own first level, bulkhead, breaker, and way to the store, which can be broken.

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cache/database.h"
#include "cache/faulty_store.h"
#include "cache/logical_cache.h"
#include "cache/memory_store.h"
#include "cache/virtual_time.h"

namespace sluice::cache {

class CacheProcess {
public:
    CacheProcess(
        Stage& stage, Store& inner, ContextOptions shared, Options options,
        TextCache::Sources sources
    )
        : store_(inner, stage.time(), stage.context().get_executor()),
          shared_(store_, stage.time(), shared),
          cache_(std::make_unique<TextCache>(shared_, std::move(options), std::move(sources))) {}

    TextCache& cache() { return *cache_; }
    FaultyStore& store() { return store_; }
    Context& shared() { return shared_; }

private:
    FaultyStore store_;
    Context shared_;
    std::unique_ptr<TextCache> cache_;
};

struct World {
    World() {
        options.name = "shops";
        options.early = 0;
        shared.seed = 1;
    }
    // What is under way refers to its process.
    ~World() {
        for (const auto& each : processes) (void)stage.run(stop(each->cache()));
    }
    static Task<Done> stop(TextCache& cache) {
        co_await cache.stop();
        co_return Done{};
    }

    CacheProcess& process() { return processes.empty() ? add_process() : *processes.front(); }
    CacheProcess& add_process() {
        auto sources = database.sources();
        sources.may_exist = filter;
        if (throws) {
            sources.load = [](std::string, Deadline) -> Task<Result<std::optional<std::string>>> {
                throw std::runtime_error("no such table");
            };
        }
        processes.push_back(
            std::make_unique<CacheProcess>(stage, memory, shared, options, std::move(sources))
        );
        return *processes.back();
    }
    // What the store holds; "" for nothing.
    std::string stored(const std::string& key) {
        std::vector<std::string> keys{options.name + ":" + key};
        const auto values = stage.run(memory.read(std::move(keys), Deadline::never())).value();
        return values[0] ? values[0]->payload : "";
    }

    Stage stage;
    MemoryStore memory{stage.time()};
    Database database{stage.time(), stage.context().get_executor()};
    Options options;
    ContextOptions shared;
    MayExist<std::string> filter;
    bool throws = false;
    std::vector<std::unique_ptr<CacheProcess>> processes;
};

}  // namespace sluice::cache
