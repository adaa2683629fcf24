#pragma once
// LogicalCache<Key, Value, Traits>: a read-through cache with logical expiry: a value that is past
// its time is still answered at once while exactly one of all processes rebuilds it. See README.md
// and engine.h.
//
// Traits say how a Key and a Value are written; the type needs
//     static std::string key_text(const Key&);                     // unique; any bytes; L1 wants < 4 KiB
//     static std::string encode(const Value&);
//     // nullopt: not understood, e.g. of an older release
//     static std::optional<Value> decode(std::string_view);
//     static std::size_t bytes_of(const Value&);  // what it holds in memory, about
// key_text may be default_key_text below, where the Key allows it.
//
// Thread-safe; a waiter resumes on its own executor. Values are copied out: make Value a
// shared_ptr<const T> or use peek() when that is dear. Loaders keep their deadline (load_max), read
// the database's newest state, and may run on the executor of any reader.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cache/engine.h"

namespace sluice::cache {

template <class Key, class Value>
using Loader = std::function<Task<Result<std::optional<Value>>>(Key, Deadline)>;
// By index of keys: as many as were asked for.
template <class Key, class Value>
using BulkLoader =
    std::function<Task<Result<std::vector<std::optional<Value>>>>(std::vector<Key>, Deadline)>;
// False: certainly not in the database. Thread-safe, no I/O.
template <class Key>
using MayExist = std::function<bool(const Key&)>;

// What to call a Key that is a number, a string or a Strong of either.
template <class Key>
std::string default_key_text(const Key& key) {
    if constexpr (requires { key.value(); }) {
        return default_key_text(key.value());
    } else if constexpr (requires { std::to_string(key); }) {
        return std::to_string(key);
    } else {
        return std::string(key);
    }
}

// Values that are strings: as they are.
struct TextTraits {
    template <class Key>
    static std::string key_text(const Key& key) {
        return default_key_text(key);
    }
    static std::string encode(const std::string& value) { return value; }
    static std::optional<std::string> decode(std::string_view bytes) { return std::string(bytes); }
    static std::size_t bytes_of(const std::string& value) {
        return sizeof value + value.capacity();
    }
};

template <class Key, class Value, class Traits = TextTraits>
class LogicalCache {
public:
    struct Sources {
        Loader<Key, Value> load;           // either of the two may be empty
        BulkLoader<Key, Value> load_many;  // used for all loads when there is no `load`
        MayExist<Key> may_exist;           // empty: everything may
    };

    // `context` outlives the cache.
    LogicalCache(Context& context, Options options, Sources sources)
        : may_exist_(std::move(sources.may_exist)),
          engine_(
              context, std::move(options),
              std::make_unique<Kind>(std::move(sources.load), std::move(sources.load_many))
          ) {}

    struct Glance {
        Held<Value> value;  // nullptr: known not to exist
    };
    // The hit path without a coroutine: nullopt when there is anything to do: co_await get() then.
    std::optional<Glance> peek(const Key& key) {
        AnyValue value;
        if (engine_.peek(Traits::key_text(key), value)) {
            return Glance{Held<Value>(std::move(value))};
        }
        if (!may_exist_ || may_exist_(key)) return std::nullopt;
        engine_.count(Event::kAbsentByFilter);
        return Glance{};
    }

    // nullopt: the database has no such thing. Errors: engine.h.
    Task<Result<std::optional<Value>>> get(Key key, Deadline deadline) {
        // Not through hold(): a hit of the second level pays for every coroutine.
        if (auto glance = peek(key)) co_return copy_of(glance->value.get());
        KeyRef ref = ref_of(std::move(key));
        auto found = co_await engine_.get(std::move(ref), deadline);
        if (!found.ok()) co_return found.error();
        co_return copy_of(static_cast<const Value*>(found->get()));
    }
    // The same without a copy; nullptr: no such thing.
    Task<Result<Held<Value>>> hold(Key key, Deadline deadline) {
        if (auto glance = peek(key)) co_return std::move(glance->value);
        KeyRef ref = ref_of(std::move(key));
        auto found = co_await engine_.get(std::move(ref), deadline);
        if (!found.ok()) co_return found.error();
        co_return Held<Value>(std::move(*found));
    }
    // By index of keys: one MGET, one bulk load, one commit for all that is missing.
    Task<std::vector<Result<std::optional<Value>>>> get_many(
        std::vector<Key> keys, Deadline deadline
    ) {
        std::vector<std::optional<Glance>> near;  // nullopt: asked
        std::vector<KeyRef> asked;
        near.reserve(keys.size());
        for (Key& key : keys) {
            near.push_back(peek(key));
            if (!near.back()) asked.push_back(ref_of(std::move(key)));
        }
        std::vector<Result<AnyValue>> found;
        if (!asked.empty()) found = co_await engine_.get_many(std::move(asked), deadline);
        std::vector<Result<std::optional<Value>>> results;
        results.reserve(near.size());
        auto next = found.begin();
        for (const auto& glance : near) {
            if (glance) {
                results.emplace_back(copy_of(glance->value.get()));
                continue;
            }
            const Result<AnyValue>& one = *next++;
            if (one.ok()) {
                results.emplace_back(copy_of(static_cast<const Value*>(one->get())));
            } else {
                results.emplace_back(one.error());
            }
        }
        co_return results;
    }

    // After the database has committed the change, and until it is ok. Errors: the store's.
    Task<Result<Done>> invalidate(const Key& key, Deadline deadline) {
        return invalidate_text({Traits::key_text(key)}, deadline);
    }
    // By key_text: what an outbox records.
    Task<Result<Done>> invalidate_text(std::vector<std::string> keys, Deadline deadline) {
        return engine_.invalidate(std::move(keys), deadline);
    }

    // Await it before the executors stop and before destroying the cache.
    Task<void> stop() { return engine_.stop(); }
    Stats stats() const { return engine_.stats(); }
    const std::string& name() const { return engine_.name(); }

private:
    class Kind final : public ValueKind {
    public:
        Kind(Loader<Key, Value> load, BulkLoader<Key, Value> load_many)
            : load_(std::move(load)), load_many_(std::move(load_many)) {
            SLUICE_CHECK(load_ || load_many_);
        }
        std::string encode(const AnyValue& value) const override {
            return Traits::encode(*static_cast<const Value*>(value.get()));
        }
        AnyValue decode(std::string_view key, std::string_view bytes) const override {
            return any_of(key, Traits::decode(bytes));
        }
        const ValueType& type() const override { return kValueType<Value>; }
        Task<Result<std::vector<AnyValue>>> load(std::vector<KeyRef> keys, Deadline deadline)
            override {
            if (load_many_ && (keys.size() > 1 || !load_))
                return load_together(std::move(keys), deadline);
            return load_each(std::move(keys), deadline);
        }

    private:
        static const Key& key_of(const KeyRef& ref) {
            return *static_cast<const Key*>(ref.key.get());
        }
        static AnyValue any_of(std::string_view key, std::optional<Value> value) {
            if (!value) return nullptr;
            const std::size_t bytes = Traits::bytes_of(*value);
            return make_value(key, std::move(*value), bytes);
        }
        Task<Result<std::vector<AnyValue>>> load_together(
            std::vector<KeyRef> refs, Deadline deadline
        ) {
            std::vector<Key> keys;
            for (const KeyRef& ref : refs) keys.push_back(key_of(ref));
            auto loaded = co_await load_many_(std::move(keys), deadline);
            if (!loaded.ok()) co_return loaded.error();
            if (loaded->size() != refs.size()) {
                co_return fail(Code::kInternal, "a bulk loader gave another number of values");
            }
            std::vector<AnyValue> values;
            for (std::size_t i = 0; i < refs.size(); ++i) {
                values.push_back(any_of(refs[i].text, std::move((*loaded)[i])));
            }
            co_return values;
        }
        Task<Result<std::vector<AnyValue>>> load_each(std::vector<KeyRef> refs, Deadline deadline) {
            std::vector<AnyValue> values;
            for (const KeyRef& ref : refs) {
                auto loaded = co_await load_(key_of(ref), deadline);
                if (!loaded.ok()) co_return loaded.error();
                values.push_back(any_of(ref.text, std::move(*loaded)));
            }
            co_return values;
        }

        const Loader<Key, Value> load_;
        const BulkLoader<Key, Value> load_many_;
    };

    static KeyRef ref_of(Key key) {
        KeyRef ref;
        ref.text = Traits::key_text(key);
        ref.key = std::make_shared<const Key>(std::move(key));
        return ref;
    }
    static std::optional<Value> copy_of(const Value* value) {
        return value == nullptr ? std::optional<Value>() : std::optional<Value>(*value);
    }

    const MayExist<Key> may_exist_;
    Engine engine_;
};

}  // namespace sluice::cache
