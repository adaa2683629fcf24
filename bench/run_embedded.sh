#!/usr/bin/env bash
# Durable settled orders per second over HTTP on the embedded mode, as a ratio to what nginx answers with an empty
# `return 200` on the same machine in the same run. Only the ratio travels between machines; the absolute figures are
# printed with the machine's name. Needs nginx and wrk (Debian: nginx-light wrk). Starts nothing that outlives it.
#
#   bench/run_embedded.sh [path/to/sluice]      environment: RUNS=5 SECONDS_EACH=10 CONNECTIONS=64
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
sluice=${1:-$root/build/release/sluice}
runs=${RUNS:-5}
seconds=${SECONDS_EACH:-10}
connections=${CONNECTIONS:-64}

for tool in nginx wrk python3; do
    PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || { echo "needs $tool" >&2; exit 3; }
done
[ -x "$sluice" ] || { echo "no sluice at $sluice; build it first" >&2; exit 1; }

scratch=$(mktemp -d)
nginx_pid=""
cleanup() {
    [ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true
    [ -z "$nginx_pid" ] || wait "$nginx_pid" 2>/dev/null || true
    rm -rf "$scratch"
}
trap cleanup EXIT
chmod 755 "$scratch"

# Both servers may use every core, as may both clients: nobody is pinned better than the other.
pin=()
if command -v taskset >/dev/null; then pin=(taskset -c "0-$(($(nproc) - 1))"); fi

start_nginx() {
    local port
    port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
    cat >"$scratch/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $scratch/nginx.pid;
error_log $scratch/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path $scratch/b; proxy_temp_path $scratch/p; fastcgi_temp_path $scratch/f;
    uwsgi_temp_path $scratch/u; scgi_temp_path $scratch/s;
    server { listen 127.0.0.1:$port; location / { return 200; } }
}
CONF
    PATH=$PATH:/usr/sbin "${pin[@]}" nginx -p "$scratch" -c "$scratch/nginx.conf" &
    nginx_pid=$!
    nginx_url=http://127.0.0.1:$port/
    for _ in $(seq 100); do
        python3 -c "import socket; socket.create_connection(('127.0.0.1',$port),1)" 2>/dev/null && return
        kill -0 "$nginx_pid" || { cat "$scratch/error.log" >&2; exit 3; }
    done
    echo "nginx did not start" >&2
    exit 3
}

machine() {
    local cpu
    cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
    echo "machine   ${cpu:-unknown}, $(nproc) cores, $(awk '/MemTotal/{printf "%.0f GB", $2/1048576}' /proc/meminfo), $(uname -sr)"
    echo "data on   $(df --output=fstype "$scratch" | tail -1) (SQLite WAL, synchronous=FULL: every accepted order is on disk before its answer)"
    echo "runs      $runs × ${seconds}s, $connections connections, nginx: 1 worker, wrk: 1 thread; clients share the machine"
}

machine
start_nginx
: >"$scratch/results"
for run in $(seq "$runs"); do
    nginx_rate=$("${pin[@]}" wrk -t1 -c"$connections" -d"${seconds}s" "$nginx_url" | awk '/Requests\/sec/{print $2}')
    TMPDIR=$scratch "${pin[@]}" "$sluice" bench --duration "$seconds" --connections "$connections" --output jsonl \
        >"$scratch/bench.json"
    python3 - "$nginx_rate" "$scratch/bench.json" "$scratch/results" "$run" <<'PY'
import json, sys
nginx, bench, results, run = float(sys.argv[1]), json.load(open(sys.argv[2])), sys.argv[3], sys.argv[4]
ratio = bench["settled_per_s"] / nginx
print(f"run {run}     nginx {nginx:>9.0f}/s   accepted {bench['accepted_per_s']:>8.0f}/s   "
      f"settled {bench['settled_per_s']:>8.0f}/s   rejected {bench['rejected']}   unknown {bench['unknown']}   "
      f"accept p99 {bench['accept_ms']['p99']:.2f} ms   ratio {ratio:.3f}")
open(results, "a").write(f"{ratio} {bench['settled_per_s']} {nginx}\n")
PY
done
python3 - "$scratch/results" <<'PY'
import statistics, sys
rows = [tuple(map(float, line.split())) for line in open(sys.argv[1])]
for name, column, digits in (("settled/s", 1, 0), ("nginx/s", 2, 0), ("ratio", 0, 3)):
    values = [row[column] for row in rows]
    print(f"{name:<9} median {statistics.median(values):.{digits}f}   range {min(values):.{digits}f} to {max(values):.{digits}f}")
PY
