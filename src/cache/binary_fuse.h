#pragma once
// BinaryFuse8: an immutable set of 64-bit ids in about 9 bits an id. It never denies an id that it
// holds; it affirms an id that it does not hold with probability 1/256 = 0.39 %. Nothing can be
// added or taken away: build another.
//
// Thomas Mueller Graf, Daniel Lemire: "Binary Fuse Filters: Fast and Smaller Than Xor Filters", ACM
// Journal of Experimental Algorithmics 27 (2022). Three hash positions in three neighbouring
// segments of one array of bytes; the positions of every id xor to its fingerprint. Written from
// the paper, with its constants for three positions.
//
// Reading is const and thread-safe. Building blocks for about 100 ns an id and takes 27 bytes an id
// meanwhile: do it on a lane. It fails, and says so, only when no seed works within the named
// number of attempts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"

namespace sluice::cache {

namespace fuse {

__extension__ using Wide = unsigned __int128;

// The finalizer of MurmurHash3: a bijection, so that different ids have different hashes.
constexpr std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 33U)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33U);
}

constexpr std::uint8_t fingerprint(std::uint64_t hash) {
    return static_cast<std::uint8_t>(hash ^ (hash >> 32U));
}

// How the array is cut: segment_length is a power of two; an id starts in one of `segments`
// segments and has its other two positions in the two segments that follow.
struct Layout {
    std::uint32_t segment_length = 4;
    std::uint32_t segments = 1;

    static Layout for_ids(std::size_t count);
    std::uint32_t slots() const { return (segments + 2) * segment_length; }
    std::array<std::uint32_t, 3> positions(std::uint64_t hash) const {
        const std::uint64_t starts = std::uint64_t{segments} * segment_length;
        const auto first = static_cast<std::uint32_t>((Wide{hash} * starts) >> 64U);
        const std::uint32_t mask = segment_length - 1;
        const std::uint32_t second = first + segment_length;
        return {
            first, second ^ (static_cast<std::uint32_t>(hash >> 18U) & mask),
            (second + segment_length) ^ (static_cast<std::uint32_t>(hash) & mask)};
    }
};

}  // namespace fuse

class BinaryFuse8 {
public:
    static constexpr std::size_t kIdsMax = std::size_t{1} << 31U;  // positions are 32-bit
    // An attempt succeeds with more than 90 % at almost any size, and in a larger array always, so this many failures in a row mean a
    // broken build.
    static constexpr int kAttemptsMax = 64;
    static constexpr int kAttemptsEach = 4;  // then the array grows by a segment

    BinaryFuse8() = default;  // of no ids: affirms nothing

    // In any order; an id may be there several times. The seed decides which absent ids are
    // affirmed: with a random one nobody can work them out beforehand. Errors: kInternal (no seed
    // worked), kPermanent (more than kIdsMax ids).
    static Result<BinaryFuse8> build(
        std::vector<std::uint64_t> ids, std::uint64_t seed, int attempts_max = kAttemptsMax
    );
    // With a layout of one's own; too small a one can never be built.
    static Result<BinaryFuse8> build(
        std::vector<std::uint64_t> ids, std::uint64_t seed, fuse::Layout layout, int attempts_max
    );

    bool contains(std::uint64_t id) const {
        if (bytes_.empty()) return false;
        const std::uint64_t hash = fuse::mix(id + seed_);
        const auto [a, b, c] = layout_.positions(hash);
        return static_cast<std::uint8_t>(bytes_[a] ^ bytes_[b] ^ bytes_[c]) ==
               fuse::fingerprint(hash);
    }

    std::size_t size() const { return size_; }  // different ids
    std::size_t bytes() const { return bytes_.size(); }
    int attempts() const { return attempts_; }  // seeds tried; 0 for no ids

private:
    fuse::Layout layout_;
    std::uint64_t seed_ = 0;
    std::size_t size_ = 0;
    int attempts_ = 0;
    std::vector<std::uint8_t> bytes_;  // empty iff size_ == 0
};

}  // namespace sluice::cache
