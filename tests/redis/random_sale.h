#pragma once
// RandomSale: random calls on the gate of one sale, each carried out by the reference model
// (domain/admission.h) at once and by the gate under test when the caller lets it run; afterwards
// both answers are compared. The model runs in the order in which the calls are started, which is
// the order in which one connection sends them.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "domain/admission.h"
#include "ports/gate.h"
#include "redis/test_redis.h"

namespace sluice {

// What every sale of a run shares.
struct RandomRun {
    Prng& random;
    RedisLoop& loop;
    Gate& gate;
    ServerId self;                 // of the server, as the model knows it
    WallTime now;                  // of the server
    std::uint64_t operations = 0;  // orders, finishes, claims, parks, loads …, each counted
    std::array<std::uint64_t, 11> verdicts{};   // how often each came
    std::vector<std::function<bool()>> ended;   // of the calls that were started
    std::vector<std::function<void()>> checks;  // compare what they gave; for when all have ended
};

class RandomSale {
public:
    RandomSale(RandomRun& run, SaleId sale) : run_(run), sale_(sale) {}

    void start_call();        // any one but load, which takes several steps
    void make_every_call(const std::function<void()>& finish);  // one after the other
    void start_whole_look();  // snapshot, and the letter of every order since the last load
    void load();              // to its end
    void forget() {           // the server was emptied
        model_ = AdmissionGate{};
        used_.clear();
    }

private:
    void start_reserve();
    void start_sync();
    void start_claim();
    void start_park();
    void start_set_state();
    void start_snapshot();
    void start_find_held();
    void start_letters(std::vector<OrderId> orders);
    void start_retire();

    bool chance(std::uint64_t percent) { return run_.random.below(100) < percent; }
    Units between(Units low, Units high) {
        return low +
               static_cast<Units>(run_.random.below(static_cast<std::uint64_t>(high - low + 1)));
    }
    OrderId new_order();
    OrderId old_order();  // one of the last few hundred
    BuyerId buyer();
    Units quantity();
    Terms terms();
    Letter letter();
    Epoch some_epoch();  // mostly the gate's
    Version some_version();
    SaleState some_state();
    ImageRows load_ahead(const ServerId& expected_server, const GateImage& image);
    GateImage image();

    template <class T, class Same>
    void start(const char* what, Task<Result<T>> task, T expected, Same same);

    RandomRun& run_;
    const SaleId sale_;
    AdmissionGate model_;
    Epoch last_epoch_{0};
    Version version_{1};
    Revision revision_{1};
    std::vector<OrderId> used_;  // since the last load
};

}  // namespace sluice
