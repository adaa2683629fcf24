#pragma once
// The names of one sale's keys. All share the hash tag {S}, so that a cluster keeps them on one
// server.

#include <string>
#include <vector>

#include "base/ids.h"

namespace sluice {

// gate, held, orders, buyers, due: the KEYS of every script (lua/prelude.lua).
inline std::vector<std::string> gate_keys(SaleId sale) {
    const std::string prefix = "sluice:{" + std::to_string(sale.value()) + "}:";
    return {prefix + "gate", prefix + "held", prefix + "orders", prefix + "buyers", prefix + "due"};
}

// The same, then where a gate of this epoch is staged.
inline std::vector<std::string> load_keys(SaleId sale, Epoch epoch) {
    auto keys = gate_keys(sale);
    const std::string prefix =
        "sluice:{" + std::to_string(sale.value()) + "}:load:" + std::to_string(epoch.value()) + ":";
    for (const char* name : {"held", "orders", "buyers", "due"}) keys.push_back(prefix + name);
    return keys;
}

}  // namespace sluice
