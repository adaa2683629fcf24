#!/bin/sh
# check.sh [fast|all] - model-check the order protocol. One line per run; exit 1 if a configuration fails a law or a
# mutant survives. Needs spin and gcc. "fast" leaves out the slow configurations, "all" is the default.
# JOBS, MEM, LIMIT_S, OUT: see runner.sh.
MODEL=order_protocol.pml

# name | kind | flags      kind: fast, slow = must hold; mutant:LAW = must be caught, and by that law
configs() { cat <<'LIST'
base|fast|
base_strong|fast|-DSTRONG
stock2|fast|-DSTRONG -DSTOCK=2
three_orders|fast|-DSTRONG -DN=3 -DTWICE=0
three_orders_stock2|fast|-DSTRONG -DN=3 -DSTOCK=2 -DTWICE=0
split_brain|fast|-DSTRONG -DSPLIT=1
two_losses|fast|-DSTRONG -DLOSS=2 -DTWICE=0
two_losses_split|fast|-DSTRONG -DLOSS=2 -DSPLIT=1 -DTWICE=0
two_keepers|fast|-DSTRONG -DKEEPERS=2 -DTWICE=0
expire_pay_no_loss|fast|-DSTRONG -DLOSS=0 -DEXPIRE=1 -DPAY=1
expire_both_no_loss|fast|-DSTRONG -DLOSS=0 -DEXPIRE=2 -DCRASH=1 -DTWICE=0
restock|fast|-DSTRONG -DRESTOCK -DTWICE=0
window_ends|fast|-DSTRONG -DCLOSE -DEXPIRE=0
reconcile_online|fast|-DSTRONG -DRECON -DTWICE=0 -DEXPIRE=1
crash_no_loss|fast|-DSTRONG -DLOSS=0 -DCRASH=1
parked_and_dead|fast|-DSTRONG -DFAILS=1 -DOPER -DTWICE=0
worker_failover|slow|-DSTRONG -DCRASH=1
worker_failover_twice|slow|-DSTRONG -DCRASH=2 -DTWICE=0
worker_failover_split|slow|-DSTRONG -DCRASH=1 -DSPLIT=1
parked_dead_redrive|slow|-DSTRONG -DFAILS=1 -DOPER
parked_failover|slow|-DSTRONG -DFAILS=1 -DCRASH=1 -DTWICE=0 -DLOSS=1
expire_pay_loss|slow|-DSTRONG -DEXPIRE=1 -DPAY=1
expire_loss_failover|slow|-DSTRONG -DEXPIRE=1 -DCRASH=1 -DTWICE=0
two_keepers_retry|slow|-DSTRONG -DKEEPERS=2
buyer_limit|slow|-DSTRONG -DLIMIT=1 -DN=3 -DSTOCK=3 -DCRASH=1 -DLOSS=0 -DTWICE=0
buyer_limit_loss|slow|-DSTRONG -DLIMIT=1 -DN=3 -DSTOCK=3 -DTWICE=0
told_ahead|slow|-DSTRONG -DLIMIT=1 -DAHEAD -DEXPIRE=1 -DCRASH=1 -DTWICE=0
HOLE_REPLAY|mutant:L6|-DHOLE_REPLAY
HOLE_REFUSAL|mutant:L12|-DHOLE_REFUSAL -DSPLIT=1
HOLE_WINDOW|mutant:L12|-DHOLE_WINDOW -DCLOSE -DLOSS=0
HOLE_SEAL|mutant:L10|-DHOLE_SEAL
HOLE_TIER|mutant:L6|-DHOLE_TIER -DFAILS=1
HOLE_BURY|mutant:L7|-DHOLE_BURY -DFAILS=1
HOLE_CANCEL|mutant:L6|-DHOLE_CANCEL -DCRASH=1
HOLE_REQUEUE|mutant:L6|-DHOLE_REQUEUE -DFAILS=1
HOLE_READ_ORDER|mutant:L10|-DHOLE_READ_ORDER -DCRASH=1 -DLOSS=0
HOLE_LATE_LOAD|mutant:L10|-DHOLE_LATE_LOAD
HOLE_LETTER|mutant:L5|-DHOLE_LETTER -DEXPIRE=1 -DLOSS=0 -DCRASH=1 -DTWICE=0
HOLE_WITHDRAW|mutant:L10|-DHOLE_WITHDRAW -DLOSS=0
HOLE_REACQUIRE|mutant:L10|-DHOLE_REACQUIRE -DLOSS=0 -DEXPIRE=1
MUT_LEASE|mutant:L6|-DMUT_LEASE
MUT_LEASE_SPLIT|mutant:L6|-DMUT_LEASE -DSPLIT=1
MUT_LEASE_FIRST|mutant:L6|-DMUT_LEASE_FIRST
MUT_BARRIER|mutant:L6|-DMUT_BARRIER
MUT_RUNID|mutant:L10|-DMUT_RUNID
MUT_EARLY|mutant:L6|-DMUT_EARLY
MUT_RELEASE|mutant:L10|-DMUT_RELEASE -DLOSS=0
MUT_CLAIM|mutant:L7|-DMUT_CLAIM -DLOSS=0
MUT_ACKFIRST|mutant:L6|-DMUT_ACKFIRST -DCRASH=1
MUT_DEDUPE|mutant:L|-DMUT_DEDUPE -DSTOCK=2 -DLOSS=0
MUT_CAS|mutant:L11|-DMUT_CAS -DCRASH=1 -DLOSS=0 -DSTOCK=2
MUT_CAS_EXPIRE|mutant:L2|-DMUT_CAS -DLOSS=0 -DEXPIRE=1 -DSTOCK=2
MUT_REREAD|mutant:L7|-DMUT_REREAD -DEXPIRE=1 -DLOSS=0 -DSTOCK=2
MUT_SYNC_GUARD|mutant:L10|-DMUT_SYNC_GUARD -DN=3 -DSTOCK=2 -DCRASH=1 -DLOSS=0 -DTWICE=0
MUT_SYNC_HELDONLY|mutant:L10|-DMUT_SYNC_HELDONLY -DLOSS=0
MUT_SYNC_EARLY|mutant:L5|-DMUT_SYNC_EARLY -DLOSS=0
MUT_TOMBSTONE|mutant:L10|-DMUT_TOMBSTONE
MUT_EXPIRE_RAW|mutant:L8|-DMUT_EXPIRE_RAW -DEXPIRE=1 -DPAY=1 -DLOSS=0
MUT_RECON|mutant:L|-DMUT_RECON -DEXPIRE=1 -DLOSS=0
MUT_LOADED|mutant:L5|-DMUT_LOADED -DSTRONG -DLIMIT=1 -DAHEAD -DEXPIRE=1 -DCRASH=1 -DTWICE=0
MUT_BUYER_VERSION|mutant:L10|-DMUT_BUYER_VERSION -DLIMIT=1 -DN=3 -DSTOCK=3 -DCRASH=1 -DLOSS=0 -DTWICE=0
LIST
}

. "$(dirname "$0")/runner.sh"
