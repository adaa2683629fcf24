#pragma once
// CachedPlatform: the platform's pages through the logical-expiry cache (src/cache, docs/cache.md), and the one who makes
// it forget them. Wraps the reader of the stores; is one, so nobody who reads pages knows of it.
//
// Lists of one shop (its reviews, its goods) have many pages, and one write makes all of them wrong. So each page is kept
// under the shop's present *edition*, a word that is itself an entry of the cache: forgetting the edition makes every page
// of it unreachable at once, and whoever asks next loads a new word, and pages that are younger than it. Lists of shops
// are named by nobody: they are served for at most kShopListAge.
//
// Keys of lists are made up by whoever asks (filters, cursors, lengths). So their pages stay in the first level of each
// process, which is bounded by bytes; what is shared by all processes has a bounded number of keys (docs/adr/0013).
//
// Thread-safe. Errors: the source's when nothing is left to serve; kOverloaded, kTimeout (cache/engine.h).

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "app/known_ids.h"
#include "cache/logical_cache.h"
#include "ports/page_cache.h"
#include "ports/page_codec.h"
#include "ports/platform_reader.h"

namespace sluice {

struct CachedPlatformOptions {
    Millis ttl{60'000};      // of shops, goods, reviews: what changes is forgotten at once, so this only bounds a lost word
    Millis grace{600'000};   // then served stale for so long while one process loads
    std::size_t l1_bytes = 64U << 20U;  // of all together
};

inline constexpr Millis kShopListAge{20'000};

class CachedPlatform final : public PlatformReader, public PageCache {
public:
    // All references outlive it. `entries`: shared by all processes; `lists`: of this one. What `known` says no to is never
    // asked for.
    CachedPlatform(
        cache::Context& entries, cache::Context& lists, PlatformReader& source, const KnownIds& known,
        const CachedPlatformOptions& options
    );

    Task<Result<std::optional<Shop>>> shop(ShopId shop, Deadline) override;
    Task<Result<std::optional<ReviewsPage>>> reviews(ReviewQuery key, Deadline) override;
    Task<Result<std::optional<GoodsPage>>> shop_goods(ShopGoodsKey key, Deadline) override;
    Task<Result<std::optional<Goods>>> goods(GoodsId goods, Deadline) override;
    Task<Result<std::optional<SalePage>>> sale(SaleId sale, Deadline) override;
    Task<Result<ShopsPage>> shops(ShopQuery key, Deadline) override;

    Task<Result<Done>> invalidate(std::string page, Deadline) override;

    // Before the executors stop.
    Task<void> stop();
    // By name of the cache.
    std::vector<std::pair<std::string, cache::Stats>> stats();

private:
    template <class Page>
    struct PageTraits {
        template <class Key>
        static std::string key_text(const Key& key) {
            return cache::default_key_text(key);
        }
        static std::string encode(const Page& page) { return encode_page(page); }
        static std::optional<Page> decode(std::string_view bytes) { return decode_page<Page>(bytes); }
        static std::size_t bytes_of(const Page& page) { return page_bytes(page); }
    };
    template <class Key, class Page>
    struct ListTraits : PageTraits<Page> {
        static std::string key_text(const Key& key) { return key.text(); }
    };
    struct ReviewsKey {
        ReviewQuery query;
        std::string edition;
        std::string text() const;
    };
    struct GoodsKey {
        ShopGoodsKey query;
        std::string edition;
        std::string text() const;
    };
    struct ShopsKey {
        ShopQuery query;
        std::string text() const;
    };
    template <class Id, class Page>
    using PageCacheOf = cache::LogicalCache<Id, Page, PageTraits<Page>>;
    template <class Key, class Page>
    using ListCacheOf = cache::LogicalCache<Key, Page, ListTraits<Key, Page>>;
    using Editions = cache::LogicalCache<ShopId, std::string>;

    // Whether the shop exists, and then a word that nobody was given before.
    Editions::Sources new_editions(cache::Context& context);
    auto all() {
        return std::tie(
            shops_, goods_, sales_, review_editions_, goods_editions_, review_pages_, goods_pages_, shop_lists_
        );
    }

    PlatformReader& source_;
    const KnownIds& known_;
    PageCacheOf<ShopId, Shop> shops_;
    PageCacheOf<GoodsId, Goods> goods_;
    PageCacheOf<SaleId, SalePage> sales_;
    Editions review_editions_;
    Editions goods_editions_;
    ListCacheOf<ReviewsKey, ReviewsPage> review_pages_;
    ListCacheOf<GoodsKey, GoodsPage> goods_pages_;
    ListCacheOf<ShopsKey, ShopsPage> shop_lists_;
};

}  // namespace sluice
