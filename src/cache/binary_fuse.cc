#include "cache/binary_fuse.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include "base/prng.h"

namespace sluice::cache {

namespace fuse {

Layout Layout::for_ids(std::size_t count) {
    constexpr double kLengthMax = 1U << 18U;  // positions() takes 18 bits of the hash for each
    const auto n = static_cast<double>(std::max<std::size_t>(count, 2));
    const double exponent = std::floor(std::log(n) / std::log(3.33) + 2.25);
    const double length = std::min(kLengthMax, std::exp2(exponent));
    const double slack = std::max(1.125, 0.875 + 0.25 * std::log(1e6) / std::log(n));
    const double wanted = std::ceil(std::round(n * slack) / length);
    Layout layout;
    layout.segment_length = static_cast<std::uint32_t>(length);
    layout.segments = static_cast<std::uint32_t>(std::max(wanted - 2, 1.0));
    return layout;
}

namespace {

// One attempt with one seed. An id whose position nobody else uses can be given its fingerprint
// last, whatever the others need: take it out, and go on with what is left ("peeling"). Then assign
// in the opposite order.
class Attempt {
public:
    Attempt(const std::vector<std::uint64_t>& ids, Layout layout, std::uint64_t seed)
        : layout_(layout), hashes_(ids.size()), slots_(layout.slots()), users_(layout.slots()) {
        order_by_segment(ids, seed);
    }

    bool peel() {
        if (!enter()) return false;
        taken_by_.reserve(hashes_.size());
        for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) peel_from(slot);
        return taken_by_.size() == hashes_.size();
    }

    std::vector<std::uint8_t> assign() const {
        std::vector<std::uint8_t> bytes(slots_.size());
        for (std::size_t i = taken_by_.size(); i-- > 0;) {
            const auto at = layout_.positions(hashes_[i]);
            const std::uint8_t others = bytes[at[0]] ^ bytes[at[1]] ^ bytes[at[2]];
            bytes[at[taken_by_[i]]] = static_cast<std::uint8_t>(fingerprint(hashes_[i]) ^ others);
        }
        return bytes;
    }

private:
    // The first position grows with the hash, so hashes that are nearly sorted walk through the
    // array instead of jumping about in it. One pass of counting sort by the leading bits is
    // enough.
    void order_by_segment(const std::vector<std::uint64_t>& ids, std::uint64_t seed) {
        const auto bits = static_cast<unsigned>(std::bit_width(layout_.segments));
        const unsigned shift = 64 - bits;
        std::vector<std::size_t> begins((std::size_t{1} << bits) + 1);
        for (const std::uint64_t id : ids) ++begins[(mix(id + seed) >> shift) + 1];
        for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
        for (const std::uint64_t id : ids) {
            const std::uint64_t hash = mix(id + seed);
            hashes_[begins[hash >> shift]++] = hash;
        }
    }

    // Every slot learns how many ids use it, the xor of their hashes, and the xor of which of their
    // three positions it is. With one user left, the xors are that user. False when a counter of
    // six bits overflows.
    bool enter() {
        for (const std::uint64_t hash : hashes_) {
            const auto at = layout_.positions(hash);
            for (std::uint8_t which = 0; which < 3; ++which) {
                std::uint8_t& users = users_[at[which]];
                if (users >= kUsersMax * kOne) return false;
                users = static_cast<std::uint8_t>((users + kOne) ^ which);
                slots_[at[which]] ^= hash;
            }
        }
        return true;
    }

    void peel_from(std::uint32_t start) {
        alone_.assign(1, start);
        while (!alone_.empty()) {
            const std::uint32_t slot = alone_.back();
            alone_.pop_back();
            if (users_[slot] / kOne == 1) take(slots_[slot], users_[slot] % kOne);
        }
    }

    void take(std::uint64_t hash, std::uint8_t by) {
        // hashes_ was read by enter() and is filled again from the front, in the order of taking.
        hashes_[taken_by_.size()] = hash;
        taken_by_.push_back(by);
        const auto at = layout_.positions(hash);
        for (std::uint8_t which = 0; which < 3; ++which) {
            std::uint8_t& users = users_[at[which]];
            users = static_cast<std::uint8_t>((users - kOne) ^ which);
            slots_[at[which]] ^= hash;
            if (users / kOne == 1) alone_.push_back(at[which]);
        }
    }

    static constexpr std::uint8_t kOne =
        4;  // users_: count in the upper six bits, which position in the lower two
    static constexpr std::uint8_t kUsersMax = 63;

    const Layout layout_;
    std::vector<std::uint64_t>
        hashes_;  // of all ids; from peel() on, its first taken_by_.size() in order of taking
    std::vector<std::uint64_t> slots_;  // xor of the hashes that use the slot
    std::vector<std::uint8_t> users_;   // see kOne
    std::vector<std::uint8_t>
        taken_by_;  // which of its three positions each taken hash had for itself
    std::vector<std::uint32_t> alone_;  // slots that may have a single user
};

void sort_unique(std::vector<std::uint64_t>& ids) {
    const auto not_ascending = [](std::uint64_t a, std::uint64_t b) { return a >= b; };
    if (std::adjacent_find(ids.begin(), ids.end(), not_ascending) == ids.end()) return;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace
}  // namespace fuse

Result<BinaryFuse8> BinaryFuse8::build(
    std::vector<std::uint64_t> ids, std::uint64_t seed, int attempts_max
) {
    fuse::sort_unique(ids);
    fuse::Layout layout = fuse::Layout::for_ids(std::min(ids.size(), kIdsMax));
    Prng seeds(seed);
    // Just above a size at which the segments become longer the paper's layout has few of them, and
    // seldom works: of 11,400 to 11,550 ids one seed in twenty. One segment more, and all do.
    for (int tried = 0;; tried += kAttemptsEach, ++layout.segments) {
        const int now = std::min(kAttemptsEach, attempts_max - tried);
        auto filter = build(ids, seeds.next(), layout, now);
        const bool hopeless = tried + now >= attempts_max;
        if (filter.ok()) filter->attempts_ += tried;
        if (filter.ok() || hopeless || ids.size() > kIdsMax) return filter;
    }
}

Result<BinaryFuse8> BinaryFuse8::build(
    std::vector<std::uint64_t> ids, std::uint64_t seed, fuse::Layout layout, int attempts_max
) {
    fuse::sort_unique(ids);  // an id that is there twice would never be alone
    if (ids.size() > kIdsMax) {
        return fail(
            Code::kPermanent, std::to_string(ids.size()) + " ids are too many for a filter"
        );
    }
    BinaryFuse8 filter;
    if (ids.empty()) return filter;
    Prng seeds(seed);
    for (int attempt = 1; attempt <= attempts_max; ++attempt) {
        const std::uint64_t chosen = seeds.next();
        fuse::Attempt trial(ids, layout, chosen);
        if (!trial.peel()) continue;
        filter.layout_ = layout;
        filter.seed_ = chosen;
        filter.size_ = ids.size();
        filter.attempts_ = attempt;
        filter.bytes_ = trial.assign();
        return filter;
    }
    return fail(
        Code::kInternal, "no filter of " + std::to_string(ids.size()) + " ids after " +
                             std::to_string(attempts_max) + " seeds"
    );
}

}  // namespace sluice::cache
