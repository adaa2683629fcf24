#pragma once
// What `sluice doctor` asks of a broker: can we connect, is it new enough, is everything there and
// as it must be, and does a message get through. The last is found out by publishing hints ("look
// at the deferred work now"), which anybody may send at any time; nothing else is changed or
// created.

#include <string>
#include <vector>

#include "adapters/rabbitmq/options.h"
#include "ports/clock.h"

namespace sluice {

struct RabbitCheck {
    std::string name;
    bool ok = false;
    std::string detail;
    std::string fix;  // what to do; empty when ok
};

// Blocking, some seconds at most. A check that could not be made because an earlier one failed is
// left out.
std::vector<RabbitCheck> check_rabbitmq(const RabbitOptions& options, Clock& clock);

}  // namespace sluice
