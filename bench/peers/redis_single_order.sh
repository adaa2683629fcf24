#!/usr/bin/env bash
# The peer of P3: orders per second of the single-order script (redis_single_order.lua) under redis-benchmark, on a private
# Redis with AOF every second. Counted are the orders that the gate holds afterwards, not the calls. With LUA_DIR, also
# Sluice's own reserve script in batches of 32 under the same client, which is P3 itself.
#
#   bench/peers/redis_single_order.sh         environment: RUNS=5 ORDERS=500000 LUA_DIR=lua
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need redis-server redis-server redis-benchmark redis-tools "$python" python3 setpriv util-linux
clean_up_at_exit
make_scratch
start_redis redis
machine
orders=${ORDERS:-500000}
for ((run = 1; run <= ${RUNS:-5}; run++)); do
    slow=$(single_orders "$orders" 1 50)
    single=$(single_orders "$orders" 16 50)
    line="run $run     one order a call: P=1 $slow/s   P=16 $single/s"
    if [ -n "${LUA_DIR:-}" ]; then
        batch=$(batched_orders "$orders" "$LUA_DIR")
        line="$line   Sluice, 32 a call: $batch/s   ratio $(awk "BEGIN { printf \"%.2f\", $batch / $single }")"
    fi
    echo "$line"
done
