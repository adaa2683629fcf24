#include "app/cached_platform.h"

#include <algorithm>

namespace sluice {
namespace {

// `name` is the first word of its pages' names in domain/page_keys.h, if they have names.
cache::Options options_of(std::string name, const CachedPlatformOptions& wanted, std::size_t sixteenths) {
    cache::Options options;
    options.name = std::move(name);
    options.ttl = wanted.ttl;
    options.grace = wanted.grace;
    options.l1_bytes = wanted.l1_bytes / 16 * sixteenths;
    return options;
}

cache::Options edition_options(std::string name, const CachedPlatformOptions& wanted) {
    auto options = options_of(std::move(name), wanted, 1);
    options.ttl = wanted.grace;  // when it runs out all its pages are loaded anew
    return options;
}

cache::Options shop_list_options(const CachedPlatformOptions& wanted) {
    auto options = options_of("shops-page", wanted, 1);
    options.ttl = options.grace = kShopListAge / 2;
    return options;
}

std::string joined(std::initializer_list<std::string> words) {
    std::string text;
    for (const std::string& word : words) text.append(word).push_back('/');
    return text;
}

// Any bytes, so that two queries never have one text: its length goes first.
std::string counted(const std::optional<std::string>& word) {
    return word ? std::to_string(word->size()) + "." + *word : "-";
}

}  // namespace

std::string CachedPlatform::ReviewsKey::text() const {
    const auto after = query.after.value_or(ReviewCursor{});
    return joined(
        {std::to_string(query.shop.value()), edition, std::string(to_string(query.sort)),
         std::to_string(query.rows_max), query.after ? std::to_string(after.rating) : "-",
         std::to_string(after.review.value())}
    );
}

std::string CachedPlatform::GoodsKey::text() const {
    return joined(
        {std::to_string(query.shop.value()), edition, std::to_string(query.rows_max),
         std::to_string(query.after.value())}
    );
}

std::string CachedPlatform::ShopsKey::text() const {
    const auto after = query.after.value_or(ShopCursor{});
    return joined(
        {counted(query.category), counted(query.city), std::string(to_string(query.sort)),
         std::to_string(query.rows_max), query.after ? std::to_string(after.score) : "-",
         std::to_string(after.shop.value())}
    );
}

CachedPlatform::Editions::Sources CachedPlatform::new_editions(cache::Context& context) {
    Editions::Sources sources;
    sources.load = [this, &context](ShopId shop, Deadline deadline) -> Task<Result<std::optional<std::string>>> {
        auto found = co_await source_.shop(shop, deadline);
        if (!found.ok()) co_return found.error();
        if (!found->has_value()) co_return std::optional<std::string>{};
        co_return std::optional<std::string>{context.unique()};
    };
    sources.may_exist = [this](ShopId shop) { return known_.shop(shop); };
    return sources;
}

CachedPlatform::CachedPlatform(
    cache::Context& entries, cache::Context& lists, PlatformReader& source, const KnownIds& known,
    const CachedPlatformOptions& options
)
    : source_(source),
      known_(known),
      shops_(
          entries, options_of("shop", options, 3),
          {[this](ShopId id, Deadline deadline) { return source_.shop(id, deadline); }, {},
           [this](ShopId id) { return known_.shop(id); }}
      ),
      goods_(
          entries, options_of("goods", options, 2),
          {[this](GoodsId id, Deadline deadline) { return source_.goods(id, deadline); }, {},
           [this](GoodsId id) { return known_.goods(id); }}
      ),
      sales_(
          entries, options_of("sale", options, 2),
          {[this](SaleId id, Deadline deadline) { return source_.sale(id, deadline); }, {}, {}}
      ),
      review_editions_(entries, edition_options("reviews", options), new_editions(entries)),
      goods_editions_(entries, edition_options("shop-goods", options), new_editions(entries)),
      review_pages_(
          lists, options_of("reviews-page", options, 4),
          {[this](ReviewsKey key, Deadline deadline) { return source_.reviews(std::move(key.query), deadline); }, {}, {}}
      ),
      goods_pages_(
          lists, options_of("shop-goods-page", options, 2),
          {[this](GoodsKey key, Deadline deadline) { return source_.shop_goods(key.query, deadline); }, {}, {}}
      ),
      shop_lists_(
          lists, shop_list_options(options),
          {[this](ShopsKey key, Deadline deadline) -> Task<Result<std::optional<ShopsPage>>> {
               auto page = co_await source_.shops(std::move(key.query), deadline);
               if (!page.ok()) co_return page.error();
               co_return std::optional<ShopsPage>{*std::move(page)};
           },
           {},
           {}}
      ) {}

Task<Result<std::optional<Shop>>> CachedPlatform::shop(ShopId shop, Deadline deadline) {
    return shops_.get(shop, deadline);
}

Task<Result<std::optional<Goods>>> CachedPlatform::goods(GoodsId goods, Deadline deadline) {
    return goods_.get(goods, deadline);
}

Task<Result<std::optional<SalePage>>> CachedPlatform::sale(SaleId sale, Deadline deadline) {
    return sales_.get(sale, deadline);
}

Task<Result<std::optional<ReviewsPage>>> CachedPlatform::reviews(ReviewQuery key, Deadline deadline) {
    auto edition = co_await review_editions_.hold(key.shop, deadline);
    if (!edition.ok()) co_return edition.error();
    if (*edition == nullptr) co_return std::optional<ReviewsPage>{};
    ReviewsKey page{std::move(key), **edition};
    co_return co_await review_pages_.get(std::move(page), deadline);
}

Task<Result<std::optional<GoodsPage>>> CachedPlatform::shop_goods(ShopGoodsKey key, Deadline deadline) {
    auto edition = co_await goods_editions_.hold(key.shop, deadline);
    if (!edition.ok()) co_return edition.error();
    if (*edition == nullptr) co_return std::optional<GoodsPage>{};
    GoodsKey page{key, **edition};
    co_return co_await goods_pages_.get(std::move(page), deadline);
}

Task<Result<ShopsPage>> CachedPlatform::shops(ShopQuery key, Deadline deadline) {
    ShopsKey page{std::move(key)};
    auto found = co_await shop_lists_.get(std::move(page), deadline);
    if (!found.ok()) co_return found.error();
    if (!found->has_value()) co_return fail(Code::kInternal, "a list of shops is never missing");
    co_return **std::move(found);
}

// "name:key" goes to the cache of that name. Nothing is kept of other names.
Task<Result<Done>> CachedPlatform::invalidate(std::string page, Deadline deadline) {
    const std::size_t colon = std::min(page.find(':'), page.size());
    const std::string name = page.substr(0, colon);
    std::vector<std::string> keys{page.substr(std::min(colon + 1, page.size()))};
    std::optional<Task<Result<Done>>> forgetting;
    const auto forget_in = [&](auto& cache) {
        if (cache.name() == name) forgetting.emplace(cache.invalidate_text(std::move(keys), deadline));
    };
    std::apply([&](auto&... each) { (forget_in(each), ...); }, all());
    if (!forgetting) co_return Done{};
    co_return co_await *std::move(forgetting);
}

Task<void> CachedPlatform::stop() {
    std::vector<Task<void>> stopping;
    std::apply([&](auto&... each) { (stopping.push_back(each.stop()), ...); }, all());
    for (auto& each : stopping) co_await std::move(each);
}

std::vector<std::pair<std::string, cache::Stats>> CachedPlatform::stats() {
    std::vector<std::pair<std::string, cache::Stats>> figures;
    std::apply([&](auto&... each) { (figures.emplace_back(each.name(), each.stats()), ...); }, all());
    return figures;
}

}  // namespace sluice
