#pragma once
// Database: what the tests' loaders read: a version for each key, how long a query takes, whether
// it fails; and it counts.

#include <algorithm>
#include <map>
#include <string>

#include "cache/logical_cache.h"
#include "cache/one_shot.h"

namespace sluice::cache {

using TextCache = LogicalCache<std::string, std::string>;

class Database {
public:
    Database(TimeSource& time, Executor executor) : time_(time), executor_(std::move(executor)) {}

    std::map<std::string, std::string> rows;
    Millis takes{0};
    bool down = false;
    std::size_t loads = 0;    // keys asked for
    std::size_t queries = 0;  // loader calls
    std::size_t running = 0;
    std::size_t running_peak = 0;

    TextCache::Sources sources(bool bulk = true) {
        TextCache::Sources sources;
        sources.load = [this](std::string key, Deadline) { return load(std::move(key)); };
        if (bulk) {
            sources.load_many = [this](std::vector<std::string> keys, Deadline) {
                return load_many(std::move(keys));
            };
        }
        return sources;
    }
    Task<Result<std::optional<std::string>>> load(std::string key) {
        std::vector<std::string> one{std::move(key)};
        auto all = co_await load_many(std::move(one));
        if (!all.ok()) co_return all.error();
        co_return std::move(all->front());
    }
    // Reads, then takes its time: the answer is as old as the query.
    Task<Result<std::vector<std::optional<std::string>>>> load_many(std::vector<std::string> keys) {
        ++queries;
        loads += keys.size();
        running_peak = std::max(running_peak, ++running);
        const bool fails = down;
        std::vector<std::optional<std::string>> values;
        for (const std::string& key : keys) {
            const auto row = rows.find(key);
            values.push_back(
                row == rows.end() ? std::nullopt : std::optional<std::string>(row->second)
            );
        }
        if (takes > Millis{0}) co_await sleep_until(time_, executor_, time_.now() + takes);
        --running;
        if (fails) co_return fail(Code::kUnavailable, "the database is down");
        co_return values;
    }

private:
    TimeSource& time_;
    const Executor executor_;
};

// "value", "-" (no such thing), or "!code".
inline std::string text_of(const Result<std::optional<std::string>>& result) {
    if (!result.ok()) return "!" + std::string(info(result.error().code).wire);
    return result->value_or("-");
}

}  // namespace sluice::cache
