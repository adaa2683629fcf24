# Sourced by check.sh and check_cache.sh, which name MODEL and list configs(): name | kind | flags.
# Arguments: fast | all (default) | --one LINE (one line of the list) | --list.
# JOBS=2 parallel runs, MEM=6000 MiB and LIMIT_S=240 seconds per run, OUT=directory for logs and trails.
set -u
here=$(cd "$(dirname "$0")" && pwd); mode=${1:-all}
if [ "$mode" != --list ]; then OUT=${OUT:-$(mktemp -d)}; fi
JOBS=${JOBS:-2}; MEM=${MEM:-6000}; LIMIT_S=${LIMIT_S:-240}
export here OUT MEM LIMIT_S

one() {
  name=${1%%|*}; rest=${1#*|}; kind=${rest%%|*}; flags=${rest#*|}; d=$OUT/$name; mkdir -p "$d"; cd "$d" || exit 2
  t0=$(date +%s)
  spin -a $flags "$here/$MODEL" >spin.log 2>&1 && gcc -O2 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 \
    -DMEMLIM="$MEM" -o pan pan.c 2>gcc.log || { echo "FAIL $name: does not compile, see $d"; return 1; }
  nice -n 10 timeout "$LIMIT_S" ./pan -m400000 -E >out 2>&1; t1=$(date +%s)
  states=$(awk '/states, stored/{print $1}' out); law=$(sed -nE 's/.*assertion violated.*\b(L[0-9]+_[a-z_]+).*/\1/p' out | head -1)
  whole=yes; grep -qE 'Search not completed|max search depth too small|out of memory|reached -DMEMLIM' out && whole=no; grep -q 'errors:' out || whole=no
  note=$(printf '%9s states %3ss  [%s]' "${states:-?}" $((t1 - t0)) "$flags")
  case $kind in
    mutant:*) want=${kind#mutant:}
      case $law in "$want"*) printf 'ok   %-24s caught by %-20s %s\n' "$name" "$law" "$note"; return 0;; esac
      printf 'FAIL %-24s %-30s %s\n' "$name" "${law:-survived} (want $want)" "$note"; return 1;;
    *) if [ -n "$law" ]; then printf 'FAIL %-24s breaks %-21s %s\n' "$name" "$law" "$note"; return 1; fi
      if [ $whole = no ]; then printf 'FAIL %-24s not exhaustive               %s\n' "$name" "$note"; return 1; fi
      printf 'ok   %-24s all laws hold                  %s\n' "$name" "$note";;
  esac
}

case $mode in
  --one) one "$2"; exit;;
  --list) configs; exit;;
esac
configs | { [ "$mode" = fast ] && grep -v '|slow|' || cat; } | tr '\n' '\0' | xargs -0 -n 1 -P "$JOBS" sh "$0" --one
rc=$?; [ $rc = 0 ] && echo "all as expected (logs in $OUT)" || echo "something is not as expected (logs in $OUT)"; exit $rc
