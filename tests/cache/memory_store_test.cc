// The store contract over the memory store.

#include "cache/memory_store.h"

#include "cache/virtual_time.h"
#include "contract/cache_store_contract.h"

namespace sluice::cache {
namespace {

class MemoryStoreRig {
public:
    Store& store() { return store_; }
    Instant now() { return stage_.time().now(); }
    void pass(Millis by) { stage_.time().advance(by); }
    void lose_everything() { store_.lose_everything(); }
    void listen(const std::string& prefix, StoreListener& listener) {
        store_.listen(prefix, listener);
    }
    template <class Done>
    void settle(Done done) {
        EXPECT_TRUE(done());
    }
    template <class T>
    T run(Task<T> task) {
        return stage_.run(std::move(task));
    }

private:
    Stage stage_;
    MemoryStore store_{stage_.time()};
};

TEST(MemoryStore, NeverHoldsMoreKeysThanItMay) {
    Stage stage;
    MemoryStoreOptions options;
    options.keys_max = 100;
    MemoryStore store(stage.time(), options);
    for (int i = 0; i < 1'000; ++i) {
        std::vector<std::string> keys{"shops:" + std::to_string(i)};
        ASSERT_TRUE(
            stage.run(store.invalidate(std::move(keys), InvalidateMode::kDelete, Deadline::never()))
                .ok()
        );
        EXPECT_LE(store.keys(), 100U);
    }
}

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, CacheStoreContract, MemoryStoreRig);

}  // namespace sluice::cache
