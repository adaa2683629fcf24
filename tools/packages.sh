# Sourced by run, test and bench: installs the Debian packages that are missing, and nothing else. No service is started.
# install_packages NAME…

SLUICE_PACKAGES="g++ cmake ninja-build ccache pkg-config lld python3
    libboost1.81-dev libsqlite3-dev libsodium-dev libcli11-dev libspdlog-dev libfmt-dev libtomlplusplus-dev
    libhiredis-dev librabbitmq-dev libmariadb-dev
    libgtest-dev libgmock-dev librapidcheck-dev"
# The servers of the stack: only for --stack, for the tests and for the benchmarks.
SLUICE_STACK_PACKAGES="redis-server rabbitmq-server mariadb-server"
# The model checker: only for the tests.
SLUICE_MODEL_PACKAGES="spin gcc"

missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    local missing policy=/usr/sbin/policy-rc.d ours=
    command -v dpkg-query >/dev/null || return 0 # not Debian: the build says what it lacks
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    echo "Installing" $missing >&2
    if [ ! -e "$policy" ]; then # the packages' own way to be told not to start a service
        ours=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
    fi
    as_root apt-get update -q >&2 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2
    local status=$?
    [ -z "$ours" ] || as_root rm -f "$policy"
    return $status
}
