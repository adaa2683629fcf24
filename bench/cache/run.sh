#!/usr/bin/env bash
# Sluice's cache and four npm caches in the same scenarios, in one table: loads per expiry, mass expiry, writers racing
# loaders, Redis hung and killed, absent ids, database down. Everything is private (free loopback ports, a temporary
# directory), stopped by pid at the end, also after Ctrl-C. README.md says what each figure counts.
#
#   bench/cache/run.sh [--short] [--subjects sluice,bentocache,…] [--scenarios hot_key,…] [--output table|json]
#                      [--save FILE] [--report FILE…] [--down-seconds 30] [--sluice build/release/bench/cache_subject]
#   QUICK=1 is --short: shows that it works here, in three minutes.
#   Debian: apt-get install redis-server nodejs npm python3
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../peers/lib.sh
. "$here/../peers/lib.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) # lib.sh has one of its own

for argument in "$@"; do
    case $argument in
        --report | --report=* | -h | --help) exec "$python" "$here/bench.py" "$@" ;;
    esac
done

need "$python" python3 setpriv util-linux redis-server redis-server node nodejs npm npm
clean_up_at_exit
make_scratch

# The peers, exactly as package-lock.json pins them, into the git-ignored node_modules beside it.
installed=$here/node_modules/.sluice-installed
if ! cmp -s "$here/package-lock.json" "$installed"; then
    echo "installing the peers …" >&2
    (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund >"$scratch/npm.log" 2>&1) ||
        { tail -n 20 "$scratch/npm.log" >&2; fail "npm ci failed"; }
    cp "$here/package-lock.json" "$installed"
fi

setpriv --pdeathsig TERM "$python" "$here/bench.py" --scratch "$scratch" "$@" </dev/null &
started+=("$!")
status=0
wait "$!" || status=$?
exit "$status"
