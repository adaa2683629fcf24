// A service that reads shops from a slow database, through the cache: thirty readers at once are
// one query, a change is seen as soon as its invalidation returns, and a shop that does not exist
// is asked for once.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/system/system_time_source.h"
#include "async/task_group.h"
#include "cache/logical_cache.h"
#include "cache/memory_store.h"
#include "cache/one_shot.h"

namespace {

using sluice::Deadline;
using sluice::Millis;
using sluice::Result;
using sluice::Task;

struct Shop {
    std::string name;
    int stars = 0;
};

struct ShopTraits : sluice::cache::TextTraits {
    static std::string encode(const Shop& shop) {
        return std::to_string(shop.stars) + " " + shop.name;
    }
    static std::optional<Shop> decode(std::string_view bytes) {
        if (bytes.size() < 2 || bytes[1] != ' ' || bytes[0] < '0' || bytes[0] > '5')
            return std::nullopt;
        return Shop{std::string(bytes.substr(2)), bytes[0] - '0'};
    }
    static std::size_t bytes_of(const Shop& shop) { return sizeof shop + shop.name.capacity(); }
};

using Shops = sluice::cache::LogicalCache<int, Shop, ShopTraits>;

struct Database {
    sluice::cache::TimeSource& time;
    std::map<int, Shop> rows;
    int queries = 0;

    Task<Result<std::optional<Shop>>> find(int id, sluice::Executor executor) {
        ++queries;
        co_await sluice::cache::sleep_until(time, executor, time.now() + Millis{20});
        const auto row = rows.find(id);
        co_return row == rows.end() ? std::nullopt : std::optional<Shop>(row->second);
    }
};

Task<void> read_one(Shops& shops, int id, Deadline deadline, int& good) {
    const auto shop = co_await shops.get(id, deadline);
    good += shop.ok() && shop->has_value() ? 1 : 0;
}

Task<void> live(Shops& shops, Database& database, sluice::TaskGroup& readers) {
    int good = 0;
    for (int i = 0; i < 30; ++i)
        readers.spawn(read_one(shops, 1, database.time.in(Millis{1'000}), good));
    co_await readers.join();
    std::printf("%d readers, %d query\n", good, database.queries);

    database.rows[1].stars = 5;
    const auto done = co_await shops.invalidate(1, database.time.in(Millis{100}));
    const auto shop = co_await shops.get(1, database.time.in(Millis{1'000}));
    std::printf(
        "invalidated: %s, %d stars, %d queries\n", done.ok() ? "ok" : "no", (*shop)->stars,
        database.queries
    );

    for (int i = 0; i < 3; ++i) {
        const auto none = co_await shops.get(404, database.time.in(Millis{1'000}));
        if (!none.ok() || none->has_value()) std::printf("unexpected\n");
    }
    std::printf("three times nothing: %d queries\n", database.queries);
    co_await shops.stop();
}

}  // namespace

int main() {
    boost::asio::io_context context{1};
    sluice::SystemTimeSource time;
    sluice::cache::MemoryStore store(time);
    sluice::cache::Context shared(store, time);
    Database database{time, {{1, {"Noodles and Tea", 4}}}};
    sluice::cache::Options options;
    options.name = "shops";
    Shops::Sources sources;
    sources.load = [&](int id, Deadline) { return database.find(id, context.get_executor()); };
    Shops shops(shared, options, std::move(sources));
    sluice::TaskGroup readers(context.get_executor());
    boost::asio::co_spawn(
        context, live(shops, database, readers),
        [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        }
    );
    context.run();
}
