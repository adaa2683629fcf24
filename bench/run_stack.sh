#!/usr/bin/env bash
# The ratios of the production stack (Redis + RabbitMQ + MariaDB), each to a peer that is measured in the same run on the
# same machine. Everything is private: servers of Debian's packages on free ports of 127.0.0.1 in a temporary directory,
# stopped by their pids at the end, also after Ctrl-C. Only ratios travel between machines.
#
#   bench/run_stack.sh [path/to/sluice]
#   environment: RUNS=5 SECONDS_EACH=10 PARTS="P1 P3 P4 P5" CONNECTIONS=256 WRK_THREADS=1 NGINX_WORKERS="1 <cores>"
#                ORDERS=500000 (a P3 measurement) RATE_SUSTAINED=16000 SECONDS_SUSTAINED=60 LUA_DIR=lua
#                and SLUICE_SECTION__KEY, which every `sluice` started here reads
#   Debian:      apt-get install nginx-light libnginx-mod-http-lua lua-nginx-redis lua-cjson wrk redis-server
#                    rabbitmq-server mariadb-server libmariadb-dev gcc python3
#
# What each figure counts:
#   P1 gate      new orders that the nginx + Lua gate answered 202, a second. It has no queue behind it and no ledger.
#   P1 stack     new orders that Sluice answered 202, a second: reserved by the script and confirmed by a quorum queue. The
#                api runs alone; what it accepts stays in the queue. `settling`: the same while a worker, in a process
#                beside it, writes them into MariaDB. Same wrk, same requests, one hot sale; gate and stack take turns.
#                wrk counts answers below 400; what the stores hold afterwards must say the same number, give or take the
#                requests under way when wrk stopped, or the script ends.
#   P3           orders that the gate holds after redis-benchmark called the script, ÷ orders sent, × calls a second. One
#                order a call with -P 16 (peers/redis_single_order.lua) and 32 a call (Sluice's lua/reserve.lua).
#   P4 settle    rows of MariaDB: those behind the first transaction ÷ the time from the first settled_at to the last, by
#                the ledger's clock. The backlog is that of `P1 stack`. `wall`: all rows ÷ the time from starting the worker
#                process until the ledger was seen to hold them.
#   P4 raw       the better of 1 and 2 connections of the batch loop; P4 per order: the best of the six per-order loops
#                (peers/mariadb_loops.c). On a private MariaDB of its own with the settings of the stack's.
#   P5           `sluice bench` in an open loop of RATE_SUSTAINED against one process that does everything: settled rows ÷
#                the time from the first 202 until the ledger held all of them. `sluice audit` with the client's journal must
#                say ok, or the script ends.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=peers/lib.sh
. "$root/bench/peers/lib.sh"

sluice=${1:-$root/build/release/sluice}
runs=${RUNS:-5}
seconds=${SECONDS_EACH:-10}
parts=${PARTS:-P1 P3 P4 P5}
connections=${CONNECTIONS:-256}
workers_tried=${NGINX_WORKERS:-1 $(nproc)}
orders_p3=${ORDERS:-500000}
rate=${RATE_SUSTAINED:-16000}
seconds_sustained=${SECONDS_SUSTAINED:-60}
lua=${LUA_DIR:-$root/lua}
patience=${PATIENCE:-300} # for a backlog to be settled
short=$((seconds < 3 ? seconds : 3)) # a warm-up
tool=$root/bench/stack_tool.py

wants() { [[ " $parts " == *" $1 "* ]]; }

check_tools() {
    need "$python" python3 setpriv util-linux redis-server redis-server redis-cli redis-tools \
        redis-benchmark redis-tools mariadbd mariadb-server mariadb mariadb-client
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || { echo "needs: apt-get install rabbitmq-server" >&2; exit 3; }
    ! wants P1 || need wrk wrk nginx nginx-light
    ! wants P4 || need wrk wrk mariadb_config libmariadb-dev gcc gcc
    [ -x "$sluice" ] || fail "no sluice at $sluice; build it first"
    ! wants P3 || [ -f "$lua/reserve.lua" ] || fail "no reserve.lua in $lua"
}

# ---- figures ---------------------------------------------------------------------------------------------------------

field() { "$python" -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$1" "$2"; }
calc() { awk "BEGIN { printf \"%.4f\", $1 }"; }
whole() { printf '%.0f' "$1"; }
record() { printf '%s\t%s\n' "$1" "$2" >>"$scratch/results"; } # name value

# ---- servers ---------------------------------------------------------------------------------------------------------

stack_dir=
start_stack() {
    stack_dir=$scratch/stack
    if ! "$sluice" stack up --dir "$stack_dir" >"$scratch/stack.log" 2>&1; then
        cat "$scratch/stack.log" >&2
        fail "stack up failed"
    fi
    config=$stack_dir/sluice.toml
}

# Called by clean_up after everything else was stopped. What cannot be stopped is not deleted either.
before_removal() {
    [ -n "$stack_dir" ] && [ -d "$stack_dir" ] || return 0
    "$sluice" stack down --dir "$stack_dir" >>"$scratch/stack.log" 2>&1 && return 0
    tail -n 5 "$scratch/stack.log" >&2
    echo "the stack is still running: $sluice stack down --dir $stack_dir" >&2
    scratch=
}

# The pid is in $pid. start_sluice NAME ROLE
start_sluice() {
    local dir=$scratch/$1
    rm -f "$dir/admin.json"
    start_with TERM "$scratch/$1.log" "$sluice" serve --config "$config" --data-dir "$dir" --role "$2" --port 0 \
        --admin-port 0 --log-level warn
}
await_ready() { wait_for 120 "$pid" "$scratch/$1.log" test -s "$scratch/$1/admin.json"; } # NAME
start_api() { start_sluice api api; api_pid=$pid; await_ready api; }
start_worker() { start_sluice worker worker; worker_pid=$pid; } # ready when it settles
stop_server() { # pid
    local left=() one
    stop_one "$1" 60
    for one in "${started[@]}"; do [ "$one" = "$1" ] || left+=("$one"); done
    started=("${left[@]}")
}

public_url() { field "$(cat "$scratch/$1/admin.json")" public_url; } # NAME

# Sets gate_pid, gate_http, gate_redis.
start_gate() { # nginx workers
    : >"$scratch/gate.log"
    start_with TERM "$scratch/gate.log" env TMPDIR="$scratch" WORKERS="$1" "$root/bench/peers/nginx_lua_gate.sh"
    gate_pid=$pid
    wait_for 90 "$gate_pid" "$scratch/gate.log" grep -q '^ready ' "$scratch/gate.log"
    gate_http=$(sed -n 's/^ready http_port=\([0-9]*\) .*/\1/p' "$scratch/gate.log")
    gate_redis=$(sed -n 's/^ready .* redis_port=\([0-9]*\)$/\1/p' "$scratch/gate.log")
}

# ---- load over HTTP --------------------------------------------------------------------------------------------------

loads=0
# Sets load (JSON) and accepted. load_orders URL SALE SECONDS
load_orders() {
    loads=$((loads + 1))
    load=$(wrk -t"${WRK_THREADS:-1}" -c"$connections" -d"$3s" -s "$root/bench/peers/orders.lua" "$1" -- \
        "$scratch/tokens" "$2" "load$loads" | tail -1)
    accepted=$(field "$load" accepted)
    [ "$accepted" -gt 0 ] || fail "nothing was accepted at $1: $load"
}

load_rate() { calc "$accepted / $(field "$load" seconds)"; }

# What wrk counted is what the store holds, but for requests that were under way. expect_stored WHAT STORED COUNTED SLACK
expect_stored() {
    { [ "$2" -ge "$3" ] && [ "$2" -le $(($3 + $4)) ]; } || fail "$1: $3 orders were answered 202, the store holds $2"
}
slack_of() { echo $((connections + $(field "$1" lost) + $(field "$1" refused))); }

# Sets gate_rate.
measure_gate() { # seconds
    load_gate "$gate_redis" 'peer:{1}' 1000000000 1000000
    load_orders "http://127.0.0.1:$gate_http/" 1 "$1"
    expect_stored gate "$(redis-cli -p "$gate_redis" hget 'peer:{1}:gate' held)" "$accepted" "$(slack_of "$load")"
    gate_rate=$(load_rate)
}

# The peer gets the number of workers that suits it best here.
choose_gate() {
    local count best=0 best_count=1
    for count in $workers_tried; do
        start_gate "$count"
        measure_gate "$short" # warm-up
        measure_gate "$short"
        echo "gate      nginx with $count worker(s): $(whole "$gate_rate")/s"
        if [ "$(whole "$gate_rate")" -gt "$best" ]; then best=$(whole "$gate_rate") best_count=$count; fi
        stop_server "$gate_pid"
    done
    echo "gate      compared with $best_count worker(s)"
    start_gate "$best_count"
    measure_gate "$short" # warm-up
}

warm_up_stack() {
    local sale
    sale=$("$tool" open-sale "$scratch/api")
    load_orders "$(public_url api)" "$sale" "$short"
    drain "$sale" "$accepted" "$(slack_of "$load")"
}

# ---- P1 and P4: accept with no worker, settle the backlog, accept while settling --------------------------------------

# Sets drained (JSON). drain SALE AT_LEAST SLACK
drain() {
    drained=$("$tool" await-settled "$scratch/api" "$1" "$2" "$patience")
    if [ "$(field "$drained" complete)" != True ]; then
        tail -n 20 "$scratch/worker.log" >&2
        fail "not settled after $patience s: $drained, accepted $2"
    fi
    [ "$(field "$drained" rejected)" = 0 ] || fail "the ledger rejected accepted orders: $drained"
    expect_stored ledger "$(field "$drained" orders)" "$2" "$3"
}

measure_http() { # run
    local run=$1 sale line total alone slack slack_settling started_at
    sale=$("$tool" open-sale "$scratch/api")
    stop_server "$worker_pid"

    line="run $run P1 "
    if wants P1; then
        measure_gate "$seconds"
        record "P1 gate accepted/s" "$gate_rate"
        line+="   gate $(whole "$gate_rate")/s"
    fi
    load_orders "$(public_url api)" "$sale" "$seconds"
    total=$accepted
    alone=$(load_rate)
    slack=$(slack_of "$load")
    line+="   stack $(whole "$alone")/s, p99 $(field "$load" p99_ms) ms, refused $(field "$load" refused)"
    if wants P1; then
        record "P1 stack accepted/s" "$alone"
        record "P1 ratio, accepting (target 2)" "$(calc "$alone / $gate_rate")"
    fi

    started_at=$(date +%s.%N)
    start_worker
    drain "$sale" "$total" "$slack"
    ! wants P4 || measure_settling "$run" "$sale" "$started_at"

    if wants P1; then
        measure_gate "$seconds"
        record "P1 gate accepted/s" "$gate_rate"
        load_orders "$(public_url api)" "$sale" "$seconds"
        record "P1 stack accepted/s, settling" "$(load_rate)"
        record "P1 ratio, settling" "$(calc "$(load_rate) / $gate_rate")"
        line+="   gate $(whole "$gate_rate")/s   stack while settling $(whole "$(load_rate)")/s"
        line+=", refused $(field "$load" refused)"
        slack_settling=$(slack_of "$load")
        drain "$sale" $((total + accepted)) $((slack + slack_settling))
        echo "$line"
    fi
}

measure_settling() { # run sale started_at
    local run=$1 sale=$2 started_at=$3 settling settle wall loops raw per_order
    settling=$("$tool" settled-between "$config" "$sale")
    settle=$(field "$settling" per_s)
    wall=$(calc "$(field "$drained" orders) / ($(field "$drained" seen_at) - $started_at)")
    loops=$(mariadb_loops "$seconds")
    raw=$("$tool" best-loop batch <<<"$loops")
    per_order=$("$tool" best-loop optimistic conditional <<<"$loops")
    record "P4 settled/s" "$settle"
    record "P4 settled/s, wall clock" "$wall"
    record "P4 raw batch loop/s" "$raw"
    record "P4 best per order/s" "$per_order"
    record "P4 ratio to raw batch (target 0.5)" "$(calc "$settle / $raw")"
    record "P4 ratio to per order (target 10)" "$(calc "$settle / $per_order")"
    best_per_order=$per_order
    echo "run $run P4    backlog $(field "$settling" rows)   settled $(whole "$settle")/s, wall clock $(whole "$wall")/s" \
        "  raw batch $(whole "$raw")/s   best per order $(whole "$per_order")/s"
}

# ---- P3 --------------------------------------------------------------------------------------------------------------

measure_gate_alone() { # run
    local turn single batch
    for turn in 1 2; do
        single=$(single_orders "$orders_p3" 16 50)
        batch=$(batched_orders "$orders_p3" "$lua")
        record "P3 single order, -P 16, orders/s" "$single"
        record "P3 batches of 32, orders/s" "$batch"
        record "P3 ratio (target 3)" "$(calc "$batch / $single")"
        echo "run $1.$turn P3  one order a call $single/s   32 a call $batch/s"
    done
}

# ---- P5 --------------------------------------------------------------------------------------------------------------

measure_sustained() { # run
    local figures settled_rate audit=0
    start_sluice "all$1" all
    local all_pid=$pid place=(--config "$config" --data-dir "$scratch/all$1" --journal "$scratch/journal")
    await_ready "all$1"
    figures=$("$sluice" bench "${place[@]}" --rate "$rate" --duration "$seconds_sustained" \
        --connections "$connections" --output jsonl)
    "$sluice" audit "${place[@]}" >"$scratch/audit" 2>&1 || audit=$?
    [ "$audit" = 0 ] || { cat "$scratch/audit" >&2; fail "audit exit $audit"; }
    rm -f "$scratch/journal"
    stop_server "$all_pid"
    settled_rate=$(field "$figures" settled_per_s)
    record "P5 settled/s (target 15000)" "$settled_rate"
    record "P5 settled of offered" "$(calc "$settled_rate / $rate")"
    [ -z "${best_per_order:-}" ] || record "P5 ratio to per order" "$(calc "$settled_rate / $best_per_order")"
    "$python" - "$1" "$figures" <<'PY'
import json, sys
run, figures = sys.argv[1], json.loads(sys.argv[2])
drain = figures["settled"] / figures["settled_per_s"] - figures["accepted"] / figures["accepted_per_s"]
print(f"run {run} P5    offered {figures['rate']:.0f}/s   accepted {figures['accepted']} "
      f"({figures['accepted_per_s']:.0f}/s)   settled {figures['settled']} ({figures['settled_per_s']:.0f}/s), the last "
      f"{drain:.2f} s after the last accept   rejected {figures['rejected']}   unknown {figures['unknown']}   "
      f"refused {sum(figures['refused'].values())}   accept p99 {figures['accept_ms']['p99']:.2f} ms   audit ok")
PY
}

# ---- all together ----------------------------------------------------------------------------------------------------

versions() {
    echo "sluice    $("$sluice" version | head -1)"
    local package packages=()
    for package in redis-server rabbitmq-server mariadb-server nginx libnginx-mod-http-lua lua-nginx-redis wrk; do
        packages+=("$package $(dpkg-query -W -f '${Version}' "$package" 2>/dev/null || echo unknown)")
    done
    printf -v package '%s, ' "${packages[@]}"
    echo "packages  ${package%, }"
    "$tool" settings "$config"
    echo "RabbitMQ  quorum queues, persistent messages, publisher confirms"
    echo "runs      $runs × ${seconds}s, $connections connections, wrk: ${WRK_THREADS:-1} thread;" \
        "clients and all servers share the machine"
}

clean_up_at_exit
check_tools
make_scratch
: >"$scratch/results"
SLUICE_SECRETS__TOKEN=$("$python" -c 'import secrets; print(secrets.token_hex(32))')
export SLUICE_SECRETS__TOKEN
"$tool" tokens "$SLUICE_SECRETS__TOKEN" 4096 >"$scratch/tokens"

machine
start_stack
versions
if wants P3; then
    start_redis gate_alone
    for ((run = 1; run <= runs; run++)); do measure_gate_alone "$run"; done
    stop_server "$redis_pid"
fi
if wants P1 || wants P4; then
    ! wants P1 || choose_gate
    ! wants P4 || { build_mariadb_loops; start_mariadb peer_mariadb; }
    start_api
    start_worker
    warm_up_stack
    for ((run = 1; run <= runs; run++)); do measure_http "$run"; done
    stop_server "$worker_pid"
    stop_server "$api_pid"
    ! wants P1 || stop_server "$gate_pid"
fi
if wants P5; then
    for ((run = 1; run <= runs; run++)); do measure_sustained "$run"; done
fi
echo
"$tool" summary "$scratch/results"
