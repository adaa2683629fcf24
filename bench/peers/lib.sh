# shellcheck shell=bash
# Sourced by the scripts of bench/ that need private servers of Debian's packages: on free ports of 127.0.0.1, everything
# they write below $scratch, with the durable settings of docs/protocol.md. What was started here is stopped by its pid
# when the script ends, however it ends, and by the kernel when the script is killed. Nothing of the system is touched.

shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
python=${PYTHON:-python3}
started=() # pids, in the order they were started
scratch=

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# need PROGRAM PACKAGE …
need() {
    local missing=()
    while [ $# -gt 1 ]; do
        command -v "$1" >/dev/null || missing+=("$2")
        shift 2
    done
    [ ${#missing[@]} = 0 ] || { echo "needs: apt-get install ${missing[*]}" >&2; exit 3; }
}

make_scratch() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/sluice-bench.XXXXXX")
    chmod 755 "$scratch" # nginx gives up root and must still find its files
}

stop_one() { # pid [seconds of grace]
    local pid=$1 grace=${2:-30} tries
    kill -TERM "$pid" 2>/dev/null || { wait "$pid" 2>/dev/null || true; return 0; }
    for ((tries = 0; tries < grace * 10; tries++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

stop_started() {
    local i
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do stop_one "${started[i]}"; done
    started=()
}

# Also after Ctrl-C, which all of the terminal's processes get: whoever is gone by then is not waited for.
clean_up() {
    trap '' INT TERM HUP
    stop_started
    before_removal
    [ -z "$scratch" ] || rm -rf "$scratch"
}
before_removal() { :; } # a script with more to stop says so here
clean_up_at_exit() {
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# Runs a program in the background that does not outlive this script; its pid is in $pid.
# start_with SIGNAL LOG PROGRAM …
start_with() {
    local signal=$1 log=$2
    shift 2
    setpriv --pdeathsig "$signal" "$@" >>"$log" 2>&1 </dev/null &
    pid=$!
    started+=("$pid")
}

free_port() {
    "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for SECONDS PID LOG COMMAND …: until the command succeeds.
wait_for() {
    local seconds=$1 pid=$2 log=$3 until
    shift 3
    until=$((SECONDS + seconds))
    while ! "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null || { tail -n 20 "$log" >&2; fail "a server ended at once, see above"; }
        [ $SECONDS -lt $until ] || { tail -n 20 "$log" >&2; fail "a server did not answer within $seconds s"; }
        sleep 0.1
    done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

# Sets redis_port and redis_pid. AOF every second, never evicts.
start_redis() { # name
    local dir=$scratch/$1
    mkdir -p "$dir"
    redis_port=$(free_port)
    start_with KILL "$dir/log" redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$dir" --save '' \
        --appendonly yes --appendfsync everysec --maxmemory-policy noeviction --daemonize no
    # shellcheck disable=SC2034 # for who sources this
    redis_pid=$pid
    wait_for 30 "$pid" "$dir/log" redis-cli -p "$redis_port" ping
}

# The state of an open sale, in the fields and formats of the gate (docs/protocol.md §3), on an emptied server.
# load_gate PORT KEY_PREFIX UNITS LIMIT
load_gate() {
    local port=$1 prefix=$2 units=$3 limit=$4 server
    server=$(redis-cli -p "$port" info replication | tr -d '\r' | sed -n 's/^master_replid://p')
    redis-cli -p "$port" flushall sync >/dev/null
    redis-cli -p "$port" hset "$prefix:gate" server "$server" state open revision 1 epoch 1 version 1 \
        available "$units" held 0 limit "$limit" opens_at_ms 0 closes_at_ms 4102444800000 >/dev/null
}

# Sets mariadb_port and MARIADB_PASSWORD. The settings of `sluice stack`: every commit is on disk before its answer.
start_mariadb() { # name
    local dir=$scratch/$1 user=()
    [ "$(id -u)" != 0 ] || user=(--user=root)
    mkdir -p "$dir/tmp"
    chmod 700 "$dir"
    MARIADB_PASSWORD=$("$python" -c 'import secrets; print(secrets.token_hex(16))')
    export MARIADB_PASSWORD
    mariadb-install-db --no-defaults --skip-test-db --skip-name-resolve --auth-root-authentication-method=socket \
        --datadir="$dir/data" "${user[@]}" >"$dir/install.log" 2>&1 ||
        { tail -n 20 "$dir/install.log" >&2; fail "mariadb-install-db failed"; }
    (umask 077; cat >"$dir/init.sql" <<SQL
CREATE DATABASE bench;
CREATE USER 'bench'@'127.0.0.1' IDENTIFIED BY '$MARIADB_PASSWORD';
GRANT ALL ON bench.* TO 'bench'@'127.0.0.1';
SQL
    )
    mariadb_port=$(free_port)
    start_with KILL "$dir/log" mariadbd --no-defaults --datadir="$dir/data" --tmpdir="$dir/tmp" \
        --socket=mariadbd.sock --pid-file="$dir/pid" --init-file="$dir/init.sql" \
        --bind-address=127.0.0.1 --port="$mariadb_port" --skip-name-resolve \
        --innodb-flush-log-at-trx-commit=1 --innodb-doublewrite=ON --sync-binlog=1 --innodb-lock-wait-timeout=5 \
        --transaction-isolation=READ-COMMITTED \
        --sql-mode=STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION \
        --character-set-server=utf8mb4 --performance-schema=OFF \
        --innodb-buffer-pool-size="${BUFFER_POOL_MB:-128}M" --max-connections=200 "${user[@]}"
    wait_for 120 "$pid" "$dir/log" listens "$mariadb_port"
}

machine() {
    local cpu
    cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
    echo "machine   ${cpu:-unknown}, $(nproc) cores," \
        "$(awk '/MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo), $(uname -sr)"
    echo "load      $(cut -d' ' -f1-3 /proc/loadavg) before the first run;" \
        "data on $(df --output=fstype "$scratch" | tail -1)"
}

# Makes $scratch/mariadb_loops.
build_mariadb_loops() {
    # shellcheck disable=SC2046 # flags are words
    gcc -O2 -std=gnu11 $(mariadb_config --cflags) "$here/mariadb_loops.c" -o "$scratch/mariadb_loops" \
        $(mariadb_config --libs) -lpthread
}

# One line of JSON for each of the loops. mariadb_loops SECONDS
mariadb_loops() {
    local loop connections
    for loop in optimistic conditional; do
        for connections in 1 16 64; do
            "$scratch/mariadb_loops" "$mariadb_port" "$loop" "$connections" "$1"
        done
    done
    for connections in 1 2; do "$scratch/mariadb_loops" "$mariadb_port" batch "$connections" "$1"; done
}

# Orders per second of a script under redis-benchmark: the calls per second that it reports, times the orders a call that
# the gate really holds afterwards (a random id that comes twice is a replay, not an order).
# benchmark CALLS PIPELINE CLIENTS SHA ARGUMENT…
benchmark() {
    local calls=$1 pipeline=$2 clients=$3 sha=$4 rate held
    shift 4
    load_gate "$redis_port" 'sluice:{1}' 1000000000 1000000
    rate=$(redis-benchmark -p "$redis_port" -n "$calls" -P "$pipeline" -c "$clients" -r 2147483647 --csv \
        EVALSHA "$sha" 5 'sluice:{1}:gate' 'sluice:{1}:held' 'sluice:{1}:orders' 'sluice:{1}:buyers' 'sluice:{1}:due' "$@" |
        tail -1 | sed -n 's/^"[^"]*","\([0-9.]*\)".*/\1/p')
    held=$(redis-cli -p "$redis_port" hget 'sluice:{1}:gate' held)
    redis-cli -p "$redis_port" flushall sync >/dev/null
    awk -v rate="${rate:-0}" -v held="$held" -v calls="$calls" 'BEGIN {
        if (rate <= 0 || held <= 0) exit 1
        printf "%.0f\n", rate * held / calls
    }' || fail "redis-benchmark measured nothing: rate '$rate', held '$held'"
}

# redis-benchmark puts 12 random digits in place of __rand_int__, so that 4 more make an order id of 16 bytes.
random_order=id::__rand_int__
random_buyer=buyer-__rand_int__

# single_orders ORDERS PIPELINE CLIENTS
single_orders() {
    local sha
    sha=$(redis-cli -p "$redis_port" -x script load <"$here/redis_single_order.lua")
    benchmark "$1" "$2" "$3" "$sha" "$random_order" "$random_buyer" 1 '100 CNY 86400000'
}

# The reserve script of Sluice in batches of 32, a few of them on their way, as the batcher of a node has them.
# batched_orders ORDERS LUA_DIR
batched_orders() {
    local sha size=32 words=() i
    sha=$(cat "$2/prelude.lua" "$2/reserve.lua" | redis-cli -p "$redis_port" -x script load)
    [ ${#sha} = 40 ] || fail "reserve.lua does not compile: $sha"
    for ((i = 0; i < size; i++)); do words+=("$random_order"); done
    for ((i = 0; i < size; i++)); do words+=("$random_buyer"); done
    for ((i = 0; i < size; i++)); do words+=(1); done
    for ((i = 0; i < size; i++)); do words+=('100 CNY 86400000'); done
    benchmark $(($1 / size)) "${BATCH_PIPELINE:-4}" "${BATCH_CLIENTS:-4}" "$sha" "${words[@]}"
}
