#pragma once
// Many purchases at one sale, as fast as the connections allow (closed loop) or at a given rate
// (open loop, latency measured from the intended start, so a stalled server cannot hide its stall).
// Accepted, refused and unknown answers are counted apart; nothing is repeated. Not thread-safe;
// driven by its Loop.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/client.h"
#include "load/journal_writer.h"
#include "load/latency.h"

namespace sluice::load {

struct FirehosePlan {
    std::uint32_t sale = 0;
    std::vector<std::pair<std::string, std::string>> buyers;  // name and bearer token; used in turn
    std::string key_prefix;                                   // makes this run's keys its own
    double rate = 0;                                          // requests per second; 0: closed loop
    std::size_t connections = 64;
    std::optional<std::uint64_t> requests_max;
    Nanos duration = 10 * kSecond;
};

struct FirehoseFigures {
    std::uint64_t requests = 0;
    std::uint64_t accepted = 0;
    std::uint64_t unknown = 0;
    std::map<std::string, std::uint64_t> refused;  // by code
    LatencyHistogram latency;                      // of accepted answers
    LatencyHistogram refusals;                     // of definite refusals
    Nanos began = 0;
    Nanos first_accept = 0;
    Nanos last_accept = 0;
    Nanos ended = 0;  // the last answer
};

class Firehose final : public Receiver {
public:
    // journal may be null; it must outlive this.
    Firehose(Loop& loop, Client& client, JournalWriter* journal, FirehosePlan plan);

    void start();
    bool finished() const { return over() && outstanding_ == 0; }
    const FirehoseFigures& figures() const { return figures_; }
    void answered(std::uint64_t tag, const Answer& answer) override;

private:
    bool over() const;
    void shoot(Nanos intended);
    void shoot_due();
    void write_journal(std::uint64_t number, const Answer& answer);

    Loop& loop_;
    Client& client_;
    JournalWriter* const journal_;
    const FirehosePlan plan_;
    std::uint64_t sent_ = 0;
    std::uint64_t outstanding_ = 0;
    std::vector<Nanos> intended_;        // of the requests under way, by slot
    std::vector<std::size_t> free_;      // slots
    std::vector<std::uint64_t> number_;  // of the request in the slot
    FirehoseFigures figures_;
};

}  // namespace sluice::load
