#include "adapters/mariadb/leaders.h"

#include <utility>

#include "async/suspend.h"

namespace sluice {
namespace {

using maria::SqlError;

MariaTimeouts leader_timeouts() {
    MariaTimeouts timeouts;
    timeouts.idle = kLeaderIdle;
    return timeouts;
}

}  // namespace

MariaLeaders::MariaLeaders(MariaEndpoint endpoint, Log& log)
    : endpoint_(std::move(endpoint)), log_(log) {}

MariaLeaders::~MariaLeaders() = default;

Task<bool> MariaLeaders::leads(std::string role) {
    auto start = [this, role = std::move(role)](Resume<bool> resume) mutable {
        // std::function copies what it holds, and a Resume cannot be copied.
        auto waiting = std::make_shared<Resume<bool>>(std::move(resume));
        lane_.post([this, waiting, role = std::move(role)] { (*waiting)(ask(role)); });
    };
    return suspend<bool>(std::move(start));
}

bool MariaLeaders::ask(const std::string& role) {
    if (!connection_) {
        auto opened = maria::Connection::open(endpoint_, leader_timeouts(), maria::Role::kWriter);
        if (!opened.ok()) {
            if (std::exchange(reachable_, false)) {
                log_.warn("leader", "cannot ask who leads", {{"reason", opened.error().detail}});
            }
            return false;
        }
        connection_ = std::move(*opened);
        reachable_ = true;
    }
    try {
        // Locks are known server-wide, so the database is part of the name. One that we hold is not
        // taken again: it would have to be released as often.
        auto row = connection_->prepare(
            "SELECT CASE WHEN IS_USED_LOCK(l.name) = CONNECTION_ID() THEN 1"
            " ELSE GET_LOCK(l.name, 0) END FROM (SELECT"
            " CONCAT('sluice.', ?, '.', LEFT(SHA2(DATABASE(), 256), 24)) AS name) AS l"
        );
        row.query(role);
        return row.next() && !row.is_null(0) && row.get<bool>(0);
    } catch (const SqlError& failure) {
        log_.warn("leader", "lost the lead", {{"role", role}, {"reason", failure.what()}});
        connection_.reset();
        return false;
    }
}

}  // namespace sluice
