#pragma once
// What the caches of a process count, as Prometheus text.

#include <string>

#include "runtime/stores.h"

namespace sluice {

void append_prometheus(const CacheFigures& figures, std::string& text);

}  // namespace sluice
