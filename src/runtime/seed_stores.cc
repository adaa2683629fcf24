#include "runtime/seed_stores.h"

#include <iterator>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t kBatchRowsMax =
    4'000;  // then a transaction ends; a hot shop alone may have more

template <class Item>
void move_into(std::vector<Item>& all, std::vector<Item> some) {
    all.insert(
        all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end())
    );
}

PlatformBatch next_batch(const seed::SeedGenerator& generator, std::int64_t first) {
    PlatformBatch batch;
    for (std::int64_t index = first; index < generator.size().shops; ++index) {
        seed::SeededShop shop = generator.shop(index);
        batch.shops.push_back(std::move(shop.shop));
        move_into(batch.goods, std::move(shop.goods));
        move_into(batch.reviews, std::move(shop.reviews));
        if (batch.shops.size() + batch.goods.size() + batch.reviews.size() >= kBatchRowsMax) break;
    }
    return batch;
}

ImportMark mark_of(const seed::Size& size) {
    return {static_cast<std::int64_t>(size.seed), size.shops, size.reviews, 0};
}

std::string described(const ImportMark& mark) {
    return std::to_string(mark.shops) + " shops and " + std::to_string(mark.reviews) +
           " reviews of seed " + std::to_string(mark.seed);
}

}  // namespace

Task<Result<SeedReport>> import_seed(PlatformImport& into, seed::Size size, SeedProgress progress) {
    auto state = co_await into.state(Deadline::never());
    if (!state.ok()) co_return state.error();
    ImportMark mark = mark_of(size);
    const bool same = state->mark && state->mark->same_import(mark);
    if (!same && !state->empty) {
        std::string found = state->mark ? described(*state->mark) : std::string("shops");
        co_return fail(Code::kConflict, "there are " + found + " already: seed an empty database");
    }
    if (same) mark.next = state->mark->next;
    SeedReport report;
    report.was_complete = mark.next == size.shops;
    const seed::SeedGenerator generator(size);
    while (mark.next < size.shops) {
        PlatformBatch batch = next_batch(generator, mark.next);
        mark.next += static_cast<std::int64_t>(batch.shops.size());
        report.shops += static_cast<std::int64_t>(batch.shops.size());
        report.goods += static_cast<std::int64_t>(batch.goods.size());
        report.reviews += static_cast<std::int64_t>(batch.reviews.size());
        const std::int64_t reviews_done =
            batch.reviews.empty() ? 0 : batch.reviews.back().id.value();
        auto added = co_await into.add(std::move(batch), mark, Deadline::never());
        if (!added.ok()) co_return added.error();
        if (progress) progress(mark.next, reviews_done);
    }
    co_return report;
}

}  // namespace sluice
