#pragma once
// Horizon: for which ids a scan of the table can vouch, when other processes insert as well. Pure.
//
// A scan sees what was committed before it. An id is handed out some time before its row is
// committed, so a row may turn up later *below* the greatest id that a scan saw. What bounds this
// is how long an inserting transaction may take, `late_commit_max` (T): a row that a scan missed
// was committed after the scan began, so its id was handed out less than T before that. Ids are
// handed out in increasing order; so it is greater than any id that had been handed out T before
// the scan began. Hence:
//
//        1 ………………… settled ]( ………………… newest ]( ………………… ceiling ]( …………………
//          known exactly        may be committed     may be handed        cannot exist, for as long
//          as the
//                               late: "may exist"    out since the scan:  last scan is fresh
//                               (trusted_for);
//                                                    "may exist"          after that: "may exist"
//
// - newest: the greatest id handed out, by the table's counter as read before the first page of a
// scan, or seen in one.
//   Not MAX(id): ids of transactions that were rolled back, and of deleted rows, count as well.
// - mark: what was the newest at some moment. Once that is T ago, a scan that reads everything
// above `settled` may raise
//   `settled` to it: whatever exists up to the mark has been read. With T = 0 (ids are handed out
//   inside the transaction that commits them, as by SQLite, whose writers come one by one)
//   `settled` is `newest`.
// - ceiling = newest + growth: no more ids than `growth` are handed out within trusted_for, by all
// processes together.
//   A table that outgrew it is counted, and growth is widened to twice what was seen.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/time.h"

namespace sluice::cache {

struct Horizon {
    struct Mark {
        std::uint64_t id = 0;
        Instant seen;  // not before the id was seen
    };

    std::chrono::nanoseconds late_commit_max{};
    std::chrono::nanoseconds trusted_for{};
    std::uint64_t growth = 0;
    std::uint64_t settled = 0;
    std::uint64_t newest = 0;
    std::optional<Mark> mark;  // nullopt until the first scan
    Instant last_began;
    std::uint64_t outgrown = 0;

    bool mark_is_ripe(Instant now) const { return mark && now - mark->seen >= late_commit_max; }

    // What a scan that begins now has to read: every id greater than this. Reading again what may
    // have come late makes sense only when the mark is ripe.
    std::uint64_t scan_after(Instant now) const { return mark_is_ripe(now) ? settled : newest; }

    // A scan from scan_after(began) or further back has read everything; `seen` was the newest id
    // to it.
    void scanned(Instant began, Instant ended, std::uint64_t seen) {
        const bool first = !mark;
        const bool ripe = mark_is_ripe(began);
        if (ripe) settled = std::max(settled, mark->id);
        if (seen > newest) {
            const bool in_time = !first && began - last_began <= trusted_for;
            if (in_time && seen - newest > growth) widen(seen - newest);
            newest = seen;
        }
        last_began = began;
        if (first || ripe) mark = Mark{newest, ended};
        if (late_commit_max == late_commit_max.zero()) settled = newest;
    }

    std::uint64_t ceiling() const { return plus(newest, growth); }

private:
    static std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
        return a > std::numeric_limits<std::uint64_t>::max() - b
                   ? std::numeric_limits<std::uint64_t>::max()
                   : a + b;
    }
    void widen(std::uint64_t grew) {
        ++outgrown;
        growth = plus(grew, grew);
    }
};

}  // namespace sluice::cache
