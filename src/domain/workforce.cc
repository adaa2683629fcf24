#include "domain/workforce.h"

#include <algorithm>
#include <cstdint>

namespace sluice {
namespace {

// FNV-1a (draft-eastlake-fnv), finished by the mixer of MurmurHash3, so that names that differ in
// their last digit only do not get neighbouring weights. The same on every machine, unlike
// std::hash.
std::uint64_t weight(std::string_view worker, std::string_view task) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    const auto add = [&](std::string_view text) {
        for (const char c : text) {
            hash ^= static_cast<unsigned char>(c);
            hash *= 1'099'511'628'211ULL;
        }
        hash ^= 0xffU;  // "ab"+"c" is not "a"+"bc"
        hash *= 1'099'511'628'211ULL;
    };
    add(worker);
    add(task);
    hash ^= hash >> 33U;
    hash *= 0xff51afd7ed558ccdULL;
    hash ^= hash >> 33U;
    hash *= 0xc4ceb9fe1a85ec53ULL;
    return hash ^ (hash >> 33U);
}

}  // namespace

bool is_chosen(std::span<const std::string> workers, std::string_view self, std::string_view task) {
    const auto lighter = [&](const std::string& left, const std::string& right) {
        const std::uint64_t l = weight(left, task);
        const std::uint64_t r = weight(right, task);
        return l != r ? l < r : left < right;
    };
    const auto best = std::max_element(workers.begin(), workers.end(), lighter);
    return best != workers.end() && *best == self;
}

}  // namespace sluice
