#pragma once
// MariaLeaders: at most one process leads in a role (sweeper, reconciliation …). Whoever holds
// GET_LOCK('sluice.<role>…') leads; the lock belongs to one session with the ledger's server, so it
// is given up when the process ends, is cut off, or has not asked for `kLeaderIdle`.
//
// It only spares work: a leader that was paused may still believe that it leads, and everything
// that a leader writes goes under the version check anyway. Thread-safe; the questions run on a
// lane.

#include <memory>
#include <string>

#include "adapters/mariadb/connection.h"
#include "async/lane.h"
#include "async/task.h"
#include "ports/log.h"

namespace sluice {

inline constexpr std::chrono::seconds kLeaderIdle{90};

class MariaLeaders {
public:
    // Connects to nothing yet.
    MariaLeaders(MariaEndpoint endpoint, Log& log);
    ~MariaLeaders();
    MariaLeaders(const MariaLeaders&) = delete;
    MariaLeaders& operator=(const MariaLeaders&) = delete;

    // Whether this process leads in the role now; takes the lead when nobody has it. False also
    // when the server cannot be asked.
    Task<bool> leads(std::string role);

private:
    bool ask(const std::string& role);

    const MariaEndpoint endpoint_;
    Log& log_;
    std::unique_ptr<maria::Connection> connection_;  // on the lane; nullptr: to be opened
    bool reachable_ = true;                          // on the lane; what the log said last
    ThreadLane lane_{"maria-leader"};                // last: joined before the rest goes
};

}  // namespace sluice
