#!/usr/bin/env bash
# Reads of one hot shop page over HTTP, GET /v1/shops/{id} on kept-alive connections, as a ratio to nginx `return 200` with
# a body of exactly as many bytes, on the same machine, under the same client, taking turns. First one nginx worker against
# one I/O thread of `sluice serve`, then two against two: Sluice serves requests with as many threads as nginx has workers.
# It has more threads, for the database and the upkeep; how much of its CPU time went to them is printed. Everything is
# private and on free ports of 127.0.0.1, but for the stores of CONFIG. Needs nginx and wrk (Debian: nginx-light wrk).
#
#   bench/run_pages.sh [path/to/sluice]        environment: RUNS=5 SECONDS_EACH=10 CONNECTIONS=64 THREADS="1 2"
#       SHOPS=2000 REVIEWS=40000 SHOP=1        the seeded platform, and the shop whose page is hot
#       CONFIG=sluice.toml                     the same once more on the stores of that file, e.g. of `sluice stack up`: its
#                                              platform is seeded if it is empty; else it must have the shop
#       RUNS=2 SECONDS_EACH=2                  shows that it works here
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=peers/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/peers/lib.sh"

sluice=${1:-$here/../../build/release/sluice}
runs=${RUNS:-5}
seconds=${SECONDS_EACH:-10}
connections=${CONNECTIONS:-64}
threads=${THREADS:-1 2}
shop=${SHOP:-1}
goal=0.5

need nginx nginx-light wrk wrk curl curl "$python" python3 setpriv util-linux
[ -x "$sluice" ] || fail "no sluice at $sluice; build it first"
clean_up_at_exit
make_scratch

seed() { "$sluice" seed "$@" --shops "${SHOPS:-2000}" --reviews "${REVIEWS:-40000}" 2>&1 | sed 's/^/platform  /'; }

# Sets sluice_url and sluice_pid. start_sluice NAME THREADS ARGUMENT…
start_sluice() {
    local log=$scratch/$1.log count=$2
    shift 2
    : >"$log"
    start_with TERM "$log" "$sluice" serve --port 0 --admin-port 0 --set "http.io_threads=$count" "$@"
    sluice_pid=$pid
    wait_for 60 "$pid" "$log" grep -q '"msg":"ready"' "$log"
    sluice_url=http://$(sed -n 's/.*"public":"\([^"]*\)".*/\1/p' "$log" | tail -1)/v1/shops/$shop
}

# Sets nginx_url and nginx_pid. start_nginx WORKERS BODY_BYTES
start_nginx() {
    local port dir=$scratch/nginx
    port=$(free_port)
    mkdir -p "$dir"
    cat >"$dir/nginx.conf" <<CONF
daemon off;
worker_processes $1;
pid $dir/pid;
error_log $dir/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 100000000;
    default_type application/json;
    client_body_temp_path $dir/b; proxy_temp_path $dir/p; fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
    server { listen 127.0.0.1:$port reuseport; location / { return 200 '$(printf "%$2s" '' | tr ' ' x)'; } }
}
CONF
    start_with TERM "$dir/log" nginx -p "$dir" -c "$dir/nginx.conf"
    nginx_pid=$pid
    nginx_url=http://127.0.0.1:$port/
    wait_for 30 "$pid" "$dir/log" curl -fs -o "$scratch/answer" "$nginx_url"
}

body_bytes() { curl -fsS -o /dev/null -w '%{size_download}' "$1"; }

# "requests a second, p99" of a URL; an answer that is not 200 or a broken connection leaves no figure.
load() { # url
    wrk -t1 -c"$connections" -d"${seconds}s" --latency "$1" >"$scratch/wrk"
    ! grep -E 'Non-2xx|Socket errors' "$scratch/wrk" >&2 || fail "$1 did not answer every request"
    awk '/Requests\/sec/ { rate = $2 } $1 == "99%" { p99 = $2 } END { print rate, p99 }' "$scratch/wrk"
}

# measure NAME THREADS SERVE-ARGUMENT…
measure() {
    local name=$1 count=$2 bytes run nginx sluice_figures results=$scratch/results
    shift 2
    start_sluice "$name" "$count" "$@"
    bytes=$(body_bytes "$sluice_url") || fail "there is no page of shop $shop"
    start_nginx "$count" "$bytes"
    [ "$(body_bytes "$nginx_url")" = "$bytes" ] || fail "the bodies are not of the same size"
    echo
    echo "$name, $count nginx worker(s) against $count I/O thread(s), bodies of $bytes bytes"
    : >"$results"
    for ((run = 1; run <= runs; run++)); do
        if ((run % 2)); then
            nginx=$(load "$nginx_url")
            sluice_figures=$(load "$sluice_url")
        else # the other way round, should the first place be the better one
            sluice_figures=$(load "$sluice_url")
            nginx=$(load "$nginx_url")
        fi
        echo "$nginx $sluice_figures" >>"$results"
        echo "$nginx $sluice_figures" | awk -v run="$run" \
            '{ printf "run %d     nginx %8.0f/s p99 %s   sluice %8.0f/s p99 %s   ratio %.3f\n", run, $1, $2, $3, $4, $3 / $1 }'
    done
    summary <"$results"
    io_share "$sluice_pid"
    stop_one "$nginx_pid"
    stop_one "$sluice_pid"
}

# The part of a process's CPU time that its threads called io-… had.
io_share() { # pid
    cat /proc/"$1"/task/*/stat | awk '{ used = $14 + $15; all += used; if ($2 ~ /^\(io-/) io += used }
        END { printf "I/O share %.1f %% of the CPU time of sluice was its I/O threads\n", all ? 100 * io / all : 0 }'
}

summary() {
    "$python" -c '
import statistics, sys
rows = [(float(nginx), float(sluice)) for nginx, _, sluice, _ in map(str.split, sys.stdin)]
ratios = [sluice / nginx for nginx, sluice in rows]
for name, values, digits in (("nginx/s", [row[0] for row in rows], 0), ("sluice/s", [row[1] for row in rows], 0), ("ratio", ratios, 3)):
    print(f"{name:<9} median {statistics.median(values):.{digits}f}   range {min(values):.{digits}f} to {max(values):.{digits}f}", end="")
    print(f"   (goal: at least {sys.argv[1]})" if name == "ratio" else "")
' "$goal"
}

machine
echo "runs      $runs × ${seconds}s, $connections connections, wrk: 1 thread, on the same cores as both servers"
seed --data-dir "$scratch/embedded"
for count in $threads; do measure embedded "$count" --data-dir "$scratch/embedded"; done
if [ -n "${CONFIG:-}" ]; then
    echo
    seed --config "$CONFIG" || echo "platform  is used as it is"
    for count in $threads; do measure stack "$count" --config "$CONFIG" --data-dir "$scratch/stack"; done
fi
