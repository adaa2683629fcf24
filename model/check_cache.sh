#!/bin/sh
# check_cache.sh [fast|all] - model-check the races of the cache. One line per run; exit 1 if a configuration breaks a law
# or a mutant survives. Needs spin and gcc. The default, "fast", takes about a minute; "all" adds larger sizes.
# JOBS, MEM, LIMIT_S, OUT: see runner.sh.
MODEL=cache.pml
[ $# -gt 0 ] || set -- fast
N='-DNODE -DLOADERS=1 -DLOADS=1 -DWRITES=1 -DEVICT=0 -DLAPSE=0 -DREPEAT=0'   # the first level of one node

# name | kind | flags      kind: fast, slow = must hold; mutant:LAW = must be caught, and by that law
configs() { cat <<LIST
base|fast|-DLOADS=1
one_write|fast|-DWRITES=1 -DEVICT=0 -DLOSS=0
takeover|fast|-DWRITES=1 -DLOSS=0 -DREPEAT=0 -DLAPSE=2
loads_again|slow|
three_loaders|slow|-DLOADERS=3 -DLOADS=1 -DREPEAT=0
node|fast|$N -DLOSS=0 -DFILLS=1 -DTICKS=2 -DCUTS=0
node_reconnects|fast|$N -DLOSS=0 -DFILLS=2 -DTICKS=2 -DCUTS=1 -DDROPS=1
node_redis_restarts|fast|$N -DLOSS=1 -DFILLS=1 -DTICKS=2 -DCUTS=0 -DDROPS=1
node_all|slow|$N -DLOSS=0 -DFILLS=2 -DTICKS=3 -DCUTS=1
MUT_PLAIN_SET|mutant:L1|-DMUT_PLAIN_SET
MUT_META_MISSING|mutant:L1|-DMUT_META_MISSING
MUT_CONSTANT_GENERATION|mutant:L1|-DMUT_CONSTANT_GENERATION
MUT_COUNTED_GENERATION|mutant:L1|-DMUT_COUNTED_GENERATION -DLOADERS=1
MUT_KEEP_VALUE|mutant:L1|-DMUT_KEEP_VALUE
MUT_TWO_STEPS|mutant:L1|-DMUT_TWO_STEPS
MUT_READ_FIRST|mutant:L1|-DMUT_READ_FIRST
MUT_SNAPSHOT|mutant:L1|-DMUT_SNAPSHOT -DLOADERS=1
MUT_TICKET|mutant:L2|-DMUT_TICKET
MUT_LEASE|mutant:L3|-DMUT_LEASE
MUT_RELEASE|mutant:L3|-DMUT_RELEASE
MUT_OWNER|mutant:L4|-DMUT_OWNER
MUT_TICKET_RESTART|mutant:L4|-DMUT_TICKET_RESTART
MUT_NO_OUTBOX|mutant:L5|-DMUT_NO_OUTBOX
MUT_INVALIDATE_FIRST|mutant:L5|-DMUT_INVALIDATE_FIRST
MUT_L1_EPOCH|mutant:L6|$N -DLOSS=0 -DMUT_L1_EPOCH
MUT_GAP|mutant:L6|$N -DLOSS=0 -DMUT_GAP -DFILLS=1 -DTICKS=0 -DCUTS=0
MUT_BEAT|mutant:L6|$N -DLOSS=0 -DMUT_BEAT
MUT_FIRST_NUMBER|mutant:L6|$N -DLOSS=0 -DMUT_FIRST_NUMBER
MUT_RECONNECT|mutant:L6|$N -DLOSS=0 -DMUT_RECONNECT
MUT_SILENCE|mutant:L7|$N -DLOSS=0 -DMUT_SILENCE
LIST
}

. "$(dirname "$0")/runner.sh"
