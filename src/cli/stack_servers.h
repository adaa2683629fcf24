#pragma once
// The three servers of `sluice stack`, each started, asked and stopped in the same three ways. Only
// what the state names is ever touched. Blocking.

#include <functional>
#include <string>
#include <vector>

#include "cli/stack_state.h"

namespace sluice::cli {

struct StackKind {
    std::string name;  // in the state and in what people read
    // Starts it in the state's directory on its kept ports, or on free ones. Errors as the server's
    // own start().
    std::function<Result<StackServer>(const StackState&)> start;
    // True when it ended by itself within its grace.
    std::function<bool(const StackState&, const StackServer&)> stop;
};

const std::vector<StackKind>& stack_kinds();
// Its process lives and its port answers.
bool answers(const StackServer& server);
// The configuration file of these servers, as TOML.
Result<std::string> stack_config(const StackState& state);

}  // namespace sluice::cli
