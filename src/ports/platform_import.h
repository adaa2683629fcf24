#pragma once
// Bringing many shops in at once, with their own ids, goods, reviews and totals: for seeding an empty platform, not for
// serving one. No page is named in the invalidation outbox: where a page was read before its shop was there, that it was
// not is believed for as long as caches remember absence (seconds; docs/cache.md).

#include <optional>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "domain/review.h"
#include "domain/shop.h"

namespace sluice {

struct PlatformBatch {
    std::vector<Shop> shops;  // ratings as the reviews of this batch make them
    std::vector<Goods> goods;      // of these shops
    std::vector<Review> reviews;   // of these shops, all of them
};

// Which import a platform comes from and how far it got; kept in the same transaction as what it speaks of, so an import
// that was cut off goes on where it stopped.
struct ImportMark {
    std::int64_t seed = 0;
    std::int64_t shops = 0;    // that it will have
    std::int64_t reviews = 0;  // likewise
    std::int64_t next = 0;     // shops that are in

    bool same_import(const ImportMark& other) const {
        return seed == other.seed && shops == other.shops && reviews == other.reviews;
    }
};
struct ImportState {
    bool empty = true;  // no shop at all
    std::optional<ImportMark> mark = std::nullopt;
};

class PlatformImport {
public:
    virtual ~PlatformImport() = default;
    virtual Task<Result<ImportState>> state(Deadline) = 0;
    // All of it or nothing. kPermanent: an id is taken.
    virtual Task<Result<Done>> add(PlatformBatch batch, ImportMark after, Deadline) = 0;
};

}  // namespace sluice
