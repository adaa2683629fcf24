#!/usr/bin/env bash
# The peers of P4: orders per second of one hot sale on a private MariaDB with the durable settings of the stack, without
# Sluice. Per order: optimistic lock and conditional update, each with 1, 16 and 64 connections. In batches of 200: with
# 1 and 2. What each loop does is said in mariadb_loops.c. One line of JSON per measurement.
#
#   bench/peers/mariadb_loops.sh              environment: RUNS=5 SECONDS_EACH=10
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need mariadbd mariadb-server mariadb_config libmariadb-dev gcc gcc "$python" python3 setpriv util-linux
clean_up_at_exit
make_scratch
build_mariadb_loops
start_mariadb mariadb
machine
for ((run = 1; run <= ${RUNS:-5}; run++)); do mariadb_loops "${SECONDS_EACH:-10}"; done
