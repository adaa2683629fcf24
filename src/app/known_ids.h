#pragma once
// KnownIds: which shops and goods can exist at all, so that ids made up by strangers end in nanoseconds, before any cache
// and any store (cache/existence_filter.h). Sales are not among them: an operator may choose a sale's number, and the
// filter rests on numbers that only grow.
//
// shop() and goods() from any thread. keep_up() by one executor; while it fails the filters say "may exist" ever more
// often, never a wrong no.

#include <string>
#include <utility>
#include <vector>

#include "async/lane.h"
#include "base/ids.h"
#include "cache/existence_filter.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace sluice {

class KnownIds {
public:
    // `late_commit_max`: of the stores (cache/existence_filter.h). All references outlive it.
    KnownIds(cache::IdSource& shops, cache::IdSource& goods, Millis late_commit_max, Clock& clock, Log& log);

    // False: certainly no such row.
    bool shop(ShopId id) const { return shops_.may_exist(id.value()); }
    bool goods(GoodsId id) const { return goods_.may_exist(id.value()); }

    // Does what is due; returns the pause until the next thing is. The heavy part runs on the lane.
    Task<Millis> keep_up(Lane& lane);
    std::vector<std::pair<std::string, cache::ExistenceStats>> stats() const;

private:
    struct Table {
        bool may_exist(std::int64_t id) const { return id > 0 && filter.may_exist(static_cast<std::uint64_t>(id)); }
        const char* name;
        cache::IdSource& source;
        cache::ExistenceFilter filter;
        bool failing = false;  // logged at the change only
    };
    Task<void> keep_up(Table& table, Lane& lane);

    Clock& clock_;
    Log& log_;
    Table shops_;
    Table goods_;
};

}  // namespace sluice
