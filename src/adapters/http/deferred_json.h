#pragma once
// Rows of the dead-letter desk as JSON. Pure.

#include <string>

#include "domain/deferred.h"

namespace sluice::http {

std::string deferred_order_json(const DeferredOrder& row);
std::string deferred_work_json(const DeferredWork& row);

}  // namespace sluice::http
