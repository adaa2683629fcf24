#pragma once
// The first level's part of hit_path: p50, p99 and rate of hits, memory beside keys and values.

#include "goals.h"

namespace sluice::cache {

void print_first_levels(Goals& goals);
// Afterwards the heap has holes: last, where hits are measured, too.
void print_memory(Goals& goals);

}  // namespace sluice::cache
