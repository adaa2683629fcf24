#pragma once
// Who asks for an operator's action, and why; both are kept in the audit log.

#include <string>

namespace sluice {

struct Actor {
    std::string name;
    std::string reason;
};

}  // namespace sluice
