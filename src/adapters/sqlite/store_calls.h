#pragma once
// StoreCalls: work on a Store that needs the database clock and honours a deadline. In embedded
// mode the database clock is the host's wall clock, read when the work begins. Work whose deadline
// has passed by then is not begun: kTimeout.

#include <functional>
#include <utility>

#include "adapters/sqlite/store.h"
#include "ports/clock.h"

namespace sluice {

class StoreCalls {
public:
    StoreCalls(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

    // work: Result<T>(Connection&, WallTime now), on the store's lane.
    template <class T, class Work>
    Task<Result<T>> read(Deadline deadline, Work work) const {
        return store_.read<T>(timed<T>(deadline, std::move(work)));
    }
    template <class T, class Work>
    Task<Result<T>> write(Deadline deadline, Work work) const {
        return store_.write<T>(timed<T>(deadline, std::move(work)));
    }

private:
    template <class T, class Work>
    std::function<Result<T>(Connection&)> timed(Deadline deadline, Work work) const {
        return [&clock = clock_, deadline,
                work = std::move(work)](Connection& connection) -> Result<T> {
            if (deadline.passed(clock.now())) {
                return fail(Code::kTimeout, "the deadline passed while waiting for the store");
            }
            return work(connection, clock.wall());
        };
    }

    Store& store_;
    const Clock& clock_;
};

}  // namespace sluice
