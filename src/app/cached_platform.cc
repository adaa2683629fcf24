#include "app/cached_platform.h"

#include <string_view>

namespace sluice {
namespace {

cache::Options options_of(std::string name, const CachedPlatformOptions& wanted, Millis ttl, std::size_t share) {
    cache::Options options;
    options.name = std::move(name);
    options.ttl = ttl;
    options.grace = wanted.grace;
    options.l1_bytes = wanted.l1_bytes / 16 * share;
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
    cache::Context& context, PlatformReader& source, const KnownIds& known, const CachedPlatformOptions& options
)
    : source_(source),
      known_(known),
      shops_(
          context, options_of("shop", options, options.ttl, 3),
          {[this](ShopId id, Deadline deadline) { return source_.shop(id, deadline); }, {},
           [this](ShopId id) { return known_.shop(id); }}
      ),
      goods_(
          context, options_of("goods", options, options.ttl, 2),
          {[this](GoodsId id, Deadline deadline) { return source_.goods(id, deadline); }, {},
           [this](GoodsId id) { return known_.goods(id); }}
      ),
      sales_(
          context, options_of("sale", options, options.sale_ttl, 2),
          {[this](SaleId id, Deadline deadline) { return source_.sale(id, deadline); }, {}, {}}
      ),
      review_editions_(context, options_of("reviews", options, options.grace, 1), new_editions(context)),
      goods_editions_(context, options_of("shop-goods", options, options.grace, 1), new_editions(context)),
      review_pages_(
          context, options_of("reviews-page", options, options.ttl, 4),
          {[this](ReviewsKey key, Deadline deadline) { return source_.reviews(std::move(key.query), deadline); }, {}, {}}
      ),
      goods_pages_(
          context, options_of("shop-goods-page", options, options.ttl, 2),
          {[this](GoodsKey key, Deadline deadline) { return source_.shop_goods(key.query, deadline); }, {}, {}}
      ),
      shop_lists_(
          context, options_of("shops-page", options, options.list_ttl, 1),
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

Task<Result<Done>> CachedPlatform::invalidate(std::string page, Deadline deadline) {
    const std::size_t colon = page.find(':');
    if (colon == std::string::npos) co_return Done{};  // nothing is kept of it
    const std::string_view name = std::string_view(page).substr(0, colon);
    std::vector<std::string> keys{page.substr(colon + 1)};
    if (name == "shop") co_return co_await shops_.invalidate_text(std::move(keys), deadline);
    if (name == "goods") co_return co_await goods_.invalidate_text(std::move(keys), deadline);
    if (name == "sale") co_return co_await sales_.invalidate_text(std::move(keys), deadline);
    if (name == "reviews") co_return co_await review_editions_.invalidate_text(std::move(keys), deadline);
    if (name == "shop-goods") co_return co_await goods_editions_.invalidate_text(std::move(keys), deadline);
    co_return Done{};
}

Task<void> CachedPlatform::stop() {
    co_await shops_.stop();
    co_await goods_.stop();
    co_await sales_.stop();
    co_await review_editions_.stop();
    co_await goods_editions_.stop();
    co_await review_pages_.stop();
    co_await goods_pages_.stop();
    co_await shop_lists_.stop();
}

std::vector<std::pair<std::string, cache::Stats>> CachedPlatform::stats() const {
    return {
        {shops_.name(), shops_.stats()},
        {goods_.name(), goods_.stats()},
        {sales_.name(), sales_.stats()},
        {review_editions_.name(), review_editions_.stats()},
        {goods_editions_.name(), goods_editions_.stats()},
        {review_pages_.name(), review_pages_.stats()},
        {goods_pages_.name(), goods_pages_.stats()},
        {shop_lists_.name(), shop_lists_.stats()}};
}

}  // namespace sluice
