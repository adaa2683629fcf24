#pragma once
// The whole server of one process, whichever stores it is wired to. start() locks the data
// directory (runtime/data_dir), resolves the secrets (runtime/secrets), opens the stores, binds the
// listeners and starts the loops; when it returns the server answers and admin.json names it.
// Methods are thread-safe; stop() is called once, from any thread but the server's own.

#include <cstdint>
#include <memory>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/log.h"
#include "runtime/config.h"
#include "runtime/metrics.h"

namespace sluice {

// What a process of several does; one alone does everything. An api process admits and answers, a worker settles,
// expires, rebuilds and reconciles. Both have an admin listener.
enum class ServerRole : std::uint8_t { kAll, kApi, kWorker };

class Server {
public:
    // Errors: kConflict (the data directory has an owner), kUnavailable (a store or a port),
    // kInvalidField.
    static Result<std::unique_ptr<Server>> start(
        const Config& config, ServerRole role, Log& log, MetricsRegistry& metrics
    );
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t public_port() const;  // 0: a worker has none
    std::uint16_t admin_port() const;
    // Stops admitting; the queue is worked off.
    void lame_duck();
    // Drains gracefully for at most `grace`, then stops. Blocks.
    void stop(Millis grace);
    // The sale's gate is loaded and open.
    bool sale_ready(SaleId sale) const;

private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace sluice
