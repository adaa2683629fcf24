#pragma once
// ConnectionPlan: what a Redis connection does next: connect, greet (AUTH, PING), serve, rest,
// connect again. Pure: the caller says what happened and when; no sockets, no clock, no randomness.
//
// A connection that served for a while and is lost is replaced at once; each failure after that
// doubles the rest, from 50 ms to 2 s. A server that greets and hangs up again and again counts as
// failing.

#include <cstdint>
#include <string>

#include "base/time.h"

namespace sluice {

class ConnectionPlan {
public:
    enum class Phase : std::uint8_t { kIdle, kConnecting, kGreeting, kServing, kResting, kStopped };

    static constexpr Millis kRestFirst{50};
    static constexpr Millis kRestMax{2'000};
    static constexpr Millis kServedAWhile{
        2'000};  // so long must it have served to be replaced at once

    void start();               // idle → connecting
    void connected();           // connecting → greeting
    void greeted(Instant now);  // greeting → serving
    void lost(
        Instant now, std::string reason
    );              // connecting, greeting, serving → connecting or resting
    void rested();  // resting → connecting
    void stop();    // from anywhere; nothing follows

    Phase phase() const { return phase_; }
    // While false a call is refused at once: nobody waits for a server that is known to be away.
    // While connecting for the first time, calls wait for the outcome.
    bool takes_calls() const;
    Instant rest_until() const { return rest_until_; }                 // while resting
    const std::string& last_failure() const { return last_failure_; }  // "": none yet

private:
    Phase phase_ = Phase::kIdle;
    int failures_ = 0;  // in a row
    Instant serving_since_;
    Instant rest_until_;
    std::string last_failure_;
};

}  // namespace sluice
