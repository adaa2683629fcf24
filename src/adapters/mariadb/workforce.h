#pragma once
// MariaWorkforce: the workers that live, by the table `workers` and by a named lock each, and what
// follows from it for this one (docs/adr/0009, docs/adr/0020, domain/workforce.h). attend() is
// called every second; the questions answer from what it saw last, at once, on any thread. A worker
// that cannot reach the ledger leads nothing after kWorkerForgottenAfter, as the others see it too;
// one whose session ended is forgotten by the next look.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/mariadb/pool.h"
#include "ports/leadership.h"

namespace sluice {

inline constexpr Millis kWorkerAttendsEvery{1'000};
inline constexpr Millis kWorkerForgottenAfter{5'000};

class MariaWorkforce final : public Leadership {
public:
    // `self`: 1 to 64 printable ASCII characters, of this process alone. It has one session of its
    // own, whose end tells the others that this process has ended; opened by the first attend().
    MariaWorkforce(MariaPoolOptions options, const Clock& clock, Log& log, std::string self);

    // Says that this worker lives and learns who else does. Idempotent. Errors: as the pool says.
    Task<Result<Done>> attend(Deadline deadline);
    // Gives everything up at once, so that nobody has to wait. Best effort.
    Task<Result<Done>> leave(Deadline deadline);

    bool leads(Duty duty) const override;
    bool prefers(Partition partition) const override;

private:
    struct View {
        std::vector<std::string> workers;
        Instant seen{};
    };
    bool is_chosen_for(const std::string& task) const;

    const Clock& clock_;
    const std::string self_;
    std::atomic<std::shared_ptr<const View>> view_{std::make_shared<const View>()};
    MariaPool pool_;  // of one session
};

}  // namespace sluice
