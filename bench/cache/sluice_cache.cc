#include "sluice_cache.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "subject_loop.h"

namespace sluice::bench {
namespace {

constexpr std::size_t kErrorsKept = 20;
constexpr std::chrono::milliseconds kRetryPause{10};
constexpr std::size_t kEntryBytes =
    1'024;  // plenty for one of our entries: the L1 is never the limit

cache::Options options_of(const Setting& setting, bool with_l1) {
    cache::Options options;
    options.name = "bench";
    options.ttl = setting.ttl;
    options.grace = setting.grace;
    options.l1_bytes = with_l1 ? setting.capacity * kEntryBytes : 0;
    return options;
}

ItemCache::Sources sources_of(DatabaseClient& database, const cache::ExistenceFilter& filter) {
    ItemCache::Sources sources;
    sources.may_exist = [&filter](std::uint32_t key) {
        return filter.may_exist(KnownKeys::id_of(key));
    };
    sources.load = [&database](std::uint32_t key, Deadline) -> Task<Result<std::optional<Item>>> {
        auto version = co_await database.load(key);
        if (!version.ok()) co_return version.error();
        if (*version == 0) co_return std::optional<Item>();
        Item item;
        item.version = *version;
        item.payload = std::to_string(key);
        item.payload.insert(0, kPayloadBytes - item.payload.size(), 'x');
        co_return std::optional<Item>(std::move(item));
    };
    return sources;
}

cache::ContextOptions context_options_of(const Setting& setting) {
    cache::ContextOptions options;
    if (setting.read_max) options.read_max = *setting.read_max;
    return options;
}

// No transaction of the benchmark's database inserts a row and commits it later.
cache::ExistenceOptions existence_options() {
    cache::ExistenceOptions options;
    options.late_commit_max = Millis{0};
    return options;
}

RedisEndpoint endpoint_of(const Setting& setting) {
    RedisEndpoint endpoint;
    endpoint.port = setting.redis_port;
    return endpoint;
}

}  // namespace

Task<Result<std::uint64_t>> KnownKeys::handed_out() {
    co_return id_of(static_cast<std::uint32_t>(count_ == 0 ? 0 : (count_ - 1) * stride_));
}

Task<Result<std::vector<std::uint64_t>>> KnownKeys::next(std::uint64_t after, std::size_t max) {
    std::vector<std::uint64_t> ids;
    // Ids are 1, 1 + stride, …: the first one behind `after` has this place.
    std::uint64_t place = after == 0 ? 0 : (after - 1) / stride_ + 1;
    for (; place < count_ && ids.size() < max; ++place) ids.push_back(place * stride_ + 1);
    co_return ids;
}

void StderrLog::write(
    LogLevel level, std::string_view component, std::string_view message,
    std::initializer_list<LogField> fields
) {
    if (level < LogLevel::kWarn) return;
    std::cerr << component << ": " << message;
    for (const auto& [name, value] : fields) std::cerr << ' ' << name << '=' << value;
    std::cerr << std::endl;
}

SluiceCache::SluiceCache(Executor executor, const Setting& setting)
    : database_(executor, setting.database),
      store_({executor}, clock_, log_, endpoint_of(setting)),
      known_keys_(setting.ids, setting.stride),
      filter_(existence_options(), [this] { return time_.now(); }),
      context_(store_, time_, context_options_of(setting)),
      both_(context_, options_of(setting, true), sources_of(database_, filter_)),
      shared_(context_, options_of(setting, false), sources_of(database_, filter_)) {}

Task<bool> SluiceCache::start() {
    auto built = co_await filter_.rebuild(known_keys_, lane_);
    if (!built.ok()) note(built.error());
    co_return built.ok();
}

std::optional<std::uint32_t> SluiceCache::glance(std::uint32_t key) {
    const auto found = both_.peek(key);
    if (!found) return std::nullopt;
    return found->value ? found->value->version : 0;
}

Task<std::uint32_t> SluiceCache::read_through(ItemCache& cache, std::uint32_t key) {
    auto found = co_await cache.hold(key, time_.in(kReadMax));
    if (!found.ok()) {
        note(found.error());
        co_return kFailed;
    }
    co_return *found ? (*found)->version : 0;
}

Task<std::size_t> SluiceCache::read_many_without_l1(std::vector<std::uint32_t> keys) {
    auto found = co_await shared_.get_many(std::move(keys), time_.in(kReadMax));
    co_return static_cast<std::size_t>(std::ranges::count_if(found, [](const auto& one) {
        return one.ok() && *one;
    }));
}

Task<bool> SluiceCache::invalidate(std::uint32_t key) {
    const Deadline deadline = time_.in(kReadMax);
    while (!deadline.passed(time_.now())) {
        auto done = co_await both_.invalidate(key, deadline);
        if (done.ok()) co_return true;
        note(done.error());
        co_await pause(kRetryPause);
    }
    co_return false;
}

Task<std::optional<SluiceCache::Held>> SluiceCache::held(std::uint32_t key) {
    std::vector<std::string> names;
    names.push_back("bench:" + ItemTraits::key_text(key));
    auto found = co_await store_.read(std::move(names), time_.in(kReadMax));
    if (!found.ok() || !found->front()) co_return std::nullopt;
    const cache::StoredValue& value = *found->front();
    const auto item = ItemTraits::decode(value.payload);
    Held held;
    held.version = item ? item->version : 0;
    held.fresh_for = std::chrono::duration_cast<Millis>(value.soft - time_.now());
    co_return held;
}

void SluiceCache::note(const Error& error) {
    std::string text = error.detail;
    if (errors_.size() == kErrorsKept || std::ranges::find(errors_, text) != errors_.end()) return;
    errors_.push_back(std::move(text));
}

}  // namespace sluice::bench
