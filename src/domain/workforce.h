#pragma once
// Which of several workers does what: rendezvous hashing (Thaler and Ravishankar, "Using name-based
// mappings to increase hit rates", 1998). Everybody who sees the same workers chooses the same one,
// and when a worker comes or goes only what was its own, or becomes its own, moves.

#include <span>
#include <string>
#include <string_view>

namespace sluice {

// True when `self` is the worker for `task`. A worker that does not see itself among `workers` does
// nothing; false.
bool is_chosen(std::span<const std::string> workers, std::string_view self, std::string_view task);

}  // namespace sluice
