#include "app/catalogue_lease.h"

#include <utility>

namespace sluice {

const Sale* LeaseRead::find(SaleId sale) const {
    const auto found = index.find(sale);
    return found == index.end() ? nullptr : &catalogue.sales[found->second];
}

bool LeaseRead::holds(SaleId sale, Epoch epoch, Instant now) const {
    if (!valid(now)) return false;
    const Sale* row = find(sale);
    if (row == nullptr || row->epoch != epoch) return false;
    const auto revoked = revoked_before.find(sale);
    return revoked == revoked_before.end() || epoch >= revoked->second;
}

void CatalogueLease::renew(Catalogue catalogue, Instant began, WallTime wall_began) {
    auto next = std::make_shared<LeaseRead>();
    next->catalogue = std::move(catalogue);
    next->began = began;
    next->wall_began = wall_began;
    const auto& sales = next->catalogue.sales;
    next->index.reserve(sales.size());
    for (std::size_t i = 0; i < sales.size(); ++i) next->index.emplace(sales[i].id, i);

    const std::lock_guard lock(mutex_);
    if (began < read_->began) return;  // an older read arrived late
    // A revocation is over once a read names the new epoch: older reads can no longer replace this one.
    std::erase_if(revoked_before_, [&](const auto& revoked) {
        const Sale* sale = next->find(revoked.first);
        return sale != nullptr && sale->epoch >= revoked.second;
    });
    next->revoked_before = revoked_before_;
    next->lame_duck = read_->lame_duck;
    read_ = std::move(next);
    generation_.fetch_add(1, std::memory_order_release);
}

void CatalogueLease::become_lame_duck() {
    const std::lock_guard lock(mutex_);
    auto next = std::make_shared<LeaseRead>(*read_);
    next->lame_duck = true;
    read_ = std::move(next);
    generation_.fetch_add(1, std::memory_order_release);
}

void CatalogueLease::revoke_before(SaleId sale, Epoch epoch) {
    const std::lock_guard lock(mutex_);
    auto& revoked = revoked_before_[sale];
    revoked = std::max(revoked, epoch);
    auto next = std::make_shared<LeaseRead>(*read_);
    next->revoked_before = revoked_before_;
    read_ = std::move(next);
    generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const LeaseRead> CatalogueLease::read() const {
    const std::lock_guard lock(mutex_);
    return read_;
}

const LeaseRead& LeaseView::read() {
    const std::uint64_t generation = lease_.generation();
    if (generation != generation_) {
        copy_ = lease_.read();
        generation_ = generation;
    }
    return *copy_;
}

}  // namespace sluice
