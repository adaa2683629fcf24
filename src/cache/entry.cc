#include "cache/entry.h"

#include <cmath>

#include "cache/hash.h"

namespace sluice::cache {
namespace {

constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
constexpr double kLoadsBefore = 40;  // −ln of the smallest number that unit_of gives is below this

double unit_of(std::uint64_t random) {  // (0, 1]
    return static_cast<double>((random >> 11U) + 1) * kUnit;
}

double left_ms(Instant soft, Instant now) {
    return std::chrono::duration<double, std::milli>(soft - now).count();
}

double step_ms(Millis load, double beta) { return static_cast<double>(load.count() + 1) * beta; }

}  // namespace

Millis spread_ttl(Millis ttl, std::uint64_t key_hash, std::uint64_t seq, std::uint64_t ticket) {
    const std::uint64_t mixed =
        fold(key_hash ^ 0x9e3779b97f4a7c15ULL, seq * 0x2545f4914f6cdd1dULL + ticket + 1);
    const double part = 1.0 - 0.1 * unit_of(mixed);
    const auto spread = static_cast<std::int64_t>(static_cast<double>(ttl.count()) * part);
    return Millis{spread > 0 ? spread : 1};
}

bool may_elect_early(Instant soft, Instant now, Millis load, double beta) {
    return beta > 0 && left_ms(soft, now) <= step_ms(load, beta) * kLoadsBefore;
}

bool elect_early(Instant soft, Instant now, Millis load, double beta, std::uint64_t random) {
    if (beta <= 0) return false;
    return -std::log(unit_of(random)) * step_ms(load, beta) >= left_ms(soft, now);
}

bool l1_is_believed(bool feed_alive, bool store_up) { return feed_alive || !store_up; }

}  // namespace sluice::cache
