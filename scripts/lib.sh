# Shared by the scripts beside it. Source it, then call what is needed.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# Killed and stopped ranks are part of the tests; a crash report for each would hold pipes open.
export SWIFT_BACKTRACE=enable=no

# fail MESSAGE: says why and ends the script.
fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# need_packages NAME...: installs the Debian packages that are missing, or says how to.
need_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q '^install ok installed' ||
            missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        fail "these packages are missing; run: sudo apt-get install -y ${missing[*]}"
    fi
    mkdir -p .logs
    echo "installing ${missing[*]} (log: .logs/apt.log)"
    {
        apt-get update &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
                "${missing[@]}"
    } </dev/null >.logs/apt.log 2>&1 || fail "apt-get failed: $(tail -n 1 .logs/apt.log)"
}

# need_swift [NAME...]: a compiler of the version that the package asks for, what the package links
# with, and further Debian packages.
# shellcheck disable=SC2120  # the names are optional
need_swift() {
    command -v swift >/dev/null ||
        fail "swift is not on the PATH: install Swift 6.3 or later from swift.org/install"
    need_packages libssl-dev libhwloc-dev libnuma-dev libsqlite3-dev zlib1g-dev "$@"
}

# build LOG ARGUMENT...: builds quietly; shows what the compiler said only when it failed.
build() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if ! swift build "$@" </dev/null >"$log" 2>&1; then
        grep -E '^[^ |].*(error|warning):' "$log" | sort -u | head -n 30 >&2 || true
        fail "swift build $* failed (log: $log)"
    fi
}
