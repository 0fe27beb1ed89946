# Shared by scripts/check-install and scripts/check-certs: sentences that must be true.
# shellcheck shell=bash

sentences=0

# `set -e` alone says nothing of what failed.
set -E
trap 'echo "WRONG: line $LINENO: $BASH_COMMAND" >&2' ERR

# ok SENTENCE: the commands before it, under `set -e`, have shown it.
ok() {
    sentences=$((sentences + 1))
    echo "ok: $*"
}

# wrong MESSAGE: ends the script.
wrong() {
    echo "WRONG: $*" >&2
    exit 1
}

# same WHAT EXPECTED FOUND
same() {
    [ "$2" = "$3" ] || wrong "$1: expected '$2', found '$3'"
}

# refuses STATUS PATTERN COMMAND...: ends with that status and one line on standard error that has the
# pattern in it.
refuses() {
    local expected=$1 pattern=$2 said status=0
    shift 2
    said=$("$@" 2>&1 >/dev/null) || status=$?
    same "the status of $*" "$expected" "$status"
    [[ $said == *$pattern* ]] || wrong "$* said '$said' without '$pattern'"
    same "lines of $*" 1 "$(wc -l <<<"$said")"
}

# fails COMMAND...: ends with another status than 0. `!` before a command would not end the script.
fails() {
    if "$@" >/dev/null 2>&1; then wrong "$* succeeded"; fi
}
