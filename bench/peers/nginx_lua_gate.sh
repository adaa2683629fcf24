#!/usr/bin/env bash
# The peer of P1: a gate of nginx + Lua + Redis without a queue behind it, on a private Redis with AOF every second. Prints
# `ready http_port=N redis_port=N` once it has proved that it enforces what it claims (check_gate.py), then runs until it
# is told to stop, or until the process that started it is gone. Sale 1; its keys begin with peer:{1}.
#
#   bench/peers/nginx_lua_gate.sh             environment: WORKERS=1 UNITS=1000000000 LIMIT=1000000
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

workers=${WORKERS:-1}
modules=/usr/lib/nginx/modules

need nginx nginx-light redis-server redis-server redis-cli redis-tools "$python" python3 setpriv util-linux
for file in "$modules/ngx_http_lua_module.so:libnginx-mod-http-lua" "$modules/ndk_http_module.so:libnginx-mod-http-ndk" \
    "/usr/share/lua/5.1/nginx/redis.lua:lua-nginx-redis" "/usr/share/lua/5.1/cjson/util.lua:lua-cjson"; do
    [ -e "${file%%:*}" ] || { echo "needs: apt-get install ${file##*:}" >&2; exit 3; }
done

clean_up_at_exit
make_scratch
start_redis redis
sha=$(redis-cli -p "$redis_port" -x script load <"$here/redis_single_order.lua")

http_port=$(free_port)
sed -e "s|@WORKERS@|$workers|; s|@DIR@|$scratch|g; s|@MODULES@|$modules|; s|@PEERS@|$here|g" \
    -e "s|@REDIS_PORT@|$redis_port|; s|@SHA@|$sha|; s|@PORT@|$http_port|" \
    "$here/nginx_lua_gate.conf" >"$scratch/nginx.conf"
start_with TERM "$scratch/nginx.log" nginx -p "$scratch" -c "$scratch/nginx.conf" -e "$scratch/error.log"
wait_for 30 "$pid" "$scratch/nginx.log" listens "$http_port"

load_gate "$redis_port" 'peer:{1}' 10 1
if ! "$python" "$here/check_gate.py" "$http_port" "$redis_port"; then
    tail -n 20 "$scratch/error.log" >&2
    fail "the gate does not enforce"
fi
load_gate "$redis_port" 'peer:{1}' "${UNITS:-1000000000}" "${LIMIT:-1000000}"

echo "ready http_port=$http_port redis_port=$redis_port"
while kill -0 "$PPID" 2>/dev/null && kill -0 "$pid" 2>/dev/null; do
    sleep 1 &
    wait $! || true
done
