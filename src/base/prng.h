#pragma once
// A small deterministic generator for simulations, jitter and load profiles: one seed reproduces a run. Not for secrets.
// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).

#include <cstdint>

namespace sluice {

class Prng {
public:
    explicit constexpr Prng(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }
    // Uniform in [0, bound); bound > 0. The modulo bias is below 2^-32 for the bounds used here.
    constexpr std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    constexpr bool one_in(std::uint64_t n) { return below(n) == 0; }

private:
    std::uint64_t state_;
};

}  // namespace sluice
