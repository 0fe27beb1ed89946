#!/usr/bin/env bash
# Installs, upgrades or removes the martlet command and the node agent's service.
#
#   scripts/install.sh                     builds and installs under /usr/local
#   scripts/install.sh --binary FILE       installs this martlet instead of building one
#   scripts/install.sh --uninstall         removes what was installed; configuration and state stay
#   scripts/install.sh --uninstall --purge removes these and the user martlet too
#
#   --prefix DIR   where the command goes (/usr/local)
#   --root DIR     installs into another root, such as an image's: no service is touched
#   --dry-run      says what would be done, and does nothing
#
# Every line of output is one thing that was done. All that is needed is looked at first; files are
# written beside their places and renamed when all are there, and if that fails, what was there before
# stays. Running it again changes nothing. An agent.yaml that was changed is never overwritten: a new one
# is put beside it as agent.yaml.new. The service is restarted where it was running, and nowhere else.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)

prefix=/usr/local
root=
binary=
action=install
purge=no
dry=no

fail() {
    echo "install.sh: $*" >&2
    exit "${status:-1}"
}

usage() {
    status=64 fail "$* (see scripts/install.sh --help)"
}

# say WHAT PLACE [REMARK]: one line for one thing.
say() {
    printf '%-10s %s%s\n' "$([ "$dry" = no ] || echo 'would be ')$1" "$2" "${3:+ ($3)}"
}

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
        --prefix | --root | --binary)
            [ -n "${2:-}" ] || usage "$1 expects a path"
            ;;&
        --prefix) prefix=${2%/} && shift ;;
        --root) root=$(realpath -m "$2") && shift ;;
        --binary) binary=$2 && shift ;;
        --uninstall) action=uninstall ;;
        --purge) purge=yes ;;
        --dry-run) dry=yes ;;
        --help | -h) sed -n '2,/^set -e/s/^#\( \|$\)//p' "$0" && exit ;;
        *) usage "unknown argument $1" ;;
        esac
        shift
    done
    # It stands in the unit, where other characters mean something.
    [[ $prefix =~ ^(/[A-Za-z0-9._+-]+)+$ && $prefix/ != */../* ]] ||
        usage "--prefix expects an absolute path of letters, digits and ._+-, not '$prefix'"
    [ "$purge" = no ] || [ $action = uninstall ] || usage "--purge goes with --uninstall"
    [ -z "$binary" ] || [ $action = install ] || usage "--binary does not go with --uninstall"
    [ "$root" != / ] || root=
    # systemd looks below /usr and /usr/local itself.
    units=/etc/systemd/system users=/etc/sysusers.d files=/etc/tmpfiles.d
    if [ "$prefix" = /usr ] || [ "$prefix" = /usr/local ]; then
        units=$prefix/lib/systemd/system
        users=$prefix/lib/sysusers.d
        files=$prefix/lib/tmpfiles.d
    fi
    share=$prefix/share/martlet
    list=$share/installed
}

# What is looked at before anything is changed.

require_tools() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || fail "$tool is missing: $(package_of "$tool")"
    done
}

package_of() {
    case $1 in
    systemd-*) echo "run: sudo apt-get install -y systemd" ;;
    flock | unshare) echo "run: sudo apt-get install -y util-linux" ;;
    *) echo "run: sudo apt-get install -y coreutils passwd" ;;
    esac
}

require_rights() {
    [ -z "$root" ] || [ -d "$root" ] || fail "--root: there is no folder $root"
    [ -n "$root" ] || [ "$(id -u)" = 0 ] ||
        fail "this changes $prefix and /etc: run it as root, or with --root"
    local folder=$root$prefix
    while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
    [ -d "$folder" ] || fail "$folder is no folder"
    [ -w "$folder" ] || fail "$folder cannot be written"
}

# Two installations would have one service between them.
require_one_installation() {
    local place
    for place in /usr /usr/local; do
        [ "$place" = "$prefix" ] || [ ! -e "$root$place/share/martlet/installed" ] ||
            fail "Martlet is installed under $place: use --prefix $place, or --uninstall it first"
    done
}

# Where the service's manager is the one that runs here.
has_systemd() {
    [ -z "$root" ] && [ -d /run/systemd/system ]
}

# Prints what `martlet --version` says when the file runs on its own, as it will.
version_of() {
    local program=$1 said missing
    if [ -z "$root" ]; then
        said=$("$program" --version 2>&1) && echo "$said" && return
    elif [ -x "$root/bin/sh" ] && [ "$(id -u)" = 0 ]; then
        said=$(run_in_root "${program#"$root"}" --version 2>&1) && echo "$said" && return
    else
        # Nothing could run in this root yet.
        echo "not tried: nothing runs in $root"
        return
    fi
    missing=$(sed -n 's/.*loading shared libraries: \([^:]*\):.*/\1/p' <<<"$said")
    if [ -n "$missing" ]; then
        echo "it needs $missing; run: sudo apt-get install -y $(libraries_of "$missing")"
    else
        echo "${said:-it does not run}" | tail -n 1
    fi
    return 1
}

# run_in_root COMMAND...: programs of Swift read their arguments from /proc, which an image's root has
# not. It is mounted for this command alone.
run_in_root() {
    [ -e "$root/proc/self" ] || set -- sh -c 'mount -t proc proc /proc; exec "$@"' sh "$@"
    unshare --mount chroot "$root" "$@"
}

# All that a Martlet which was built on Debian 12 links with; one that is missing seldom comes alone.
libraries_of() {
    case $1 in
    libswift* | libFoundation* | lib_*) echo "is of Swift: build with --static-swift-stdlib" ;;
    *) echo "libhwloc15 libnuma1 libssl3 libsqlite3-0 libstdc++6 zlib1g" ;;
    esac
}

build_binary() {
    if [ "$dry" = yes ]; then
        say built "a release of martlet, with Swift's library inside"
        return
    fi
    # shellcheck source=scripts/lib.sh
    (source "$here/lib.sh" && need_swift && build .logs/build-install.log -c release \
        --product martlet --static-swift-stdlib)
    binary=$(cd "$here/.." && swift build -c release --show-bin-path)/martlet
    say built "$binary"
}

# What is installed, and where.

# The unit, with this installation's paths.
filled() {
    sed "s,@BIN@,$prefix/bin,g; s,@SHARE@,$share,g" "$here/install/$1" >"$work/$1"
    echo "$work/$1"
}

stage_all() {
    stage "$here/install/sysusers.conf" "$users/martlet.conf"
    stage "$here/install/tmpfiles.conf" "$files/martlet.conf"
    stage "$(filled martlet-agent.service)" "$units/martlet-agent.service"
    stage "$here/../docs/installing.md" "$share/installing.md"
    stage_configuration
    stage "$here/install/agent.yaml" "$share/agent.yaml"
    stage_binary
    printf '%s\n' "$users/martlet.conf" "$files/martlet.conf" "$units/martlet-agent.service" \
        "$share/installing.md" "$share/agent.yaml" "$prefix/bin/martlet" "$list" >"$work/list"
    stage "$work/list" "$list"
}

stage_binary() {
    [ -n "$binary" ] || return 0
    local count=${#ready[@]} version
    stage "$binary" "$prefix/bin/martlet" 755
    if [ ${#ready[@]} -gt "$count" ]; then
        binary=${ready[$count]}
    elif [ "$dry" = no ] || [ -n "$root" ]; then
        return 0
    fi
    version=$(version_of "$binary") || fail "it would not run here: $version; nothing was changed"
    echo "version    $version"
}

# The default that was installed last is beside the command, so a file that differs from it was changed.
stage_configuration() {
    local place=/etc/martlet/agent.yaml new=$here/install/agent.yaml
    if [ ! -e "$root$place" ] || cmp -s "$root$place" "$new" ||
        cmp -s "$root$place" "$root$share/agent.yaml"; then
        stage "$new" $place 640
    elif cmp -s "$new" "$root$share/agent.yaml"; then
        sweep $place
        say kept $place "it was changed here"
    else
        sweep $place
        say kept $place "it was changed here; the new one is agent.yaml.new"
        stage "$new" $place.new 640
    fi
}

# The user and the folders, by the files that were just installed.
make_user() {
    if [ -n "$root" ] && [ ! -e "$root/etc/passwd" ]; then
        say left "user and folders" "systemd makes them when $root is booted"
        return
    fi
    systemd-sysusers --root="${root:-/}" "$root$users/martlet.conf" ||
        fail "systemd-sysusers could not make the user martlet"
    systemd-tmpfiles --root="${root:-/}" --create "$root$files/martlet.conf" ||
        fail "systemd-tmpfiles could not make the folders"
}

restart() {
    has_systemd || return 0
    systemctl daemon-reload
    if systemctl --quiet is-active martlet-agent; then
        systemctl restart martlet-agent
        say restarted martlet-agent.service "it was running"
    fi
}

next_steps() {
    [ "$dry" = no ] || return 0
    if [ -n "$root" ]; then
        echo "In $root: systemctl enable martlet-agent"
    elif ! has_systemd; then
        echo "systemd does not run here: start $prefix/bin/martlet agent by what does its work"
    elif ! systemctl --quiet is-enabled martlet-agent 2>/dev/null; then
        echo "To start it now and at boot: systemctl enable --now martlet-agent"
    fi
}

install_all() {
    require_tools install sync cmp flock unshare systemd-sysusers systemd-tmpfiles
    require_rights
    require_one_installation
    if [ -z "$binary" ]; then
        build_binary
    elif [ ! -f "$binary" ] || [ ! -x "$binary" ]; then
        fail "--binary: $binary is no program"
    fi
    lock
    stage_all
    [ "$dry" = no ] || return 0
    local changed=${#ready[@]}
    commit
    make_user
    [ "$changed" = 0 ] || restart
    next_steps
}

# One at a time.
lock() {
    [ "$dry" = no ] || return 0
    mkdir -p "$root$prefix"
    exec 9<"$root$prefix"
    flock -n 9 || fail "another install.sh is at work on $root$prefix"
}

# Removing.

# remove PLACE: one file or folder of the root.
remove() {
    [[ $1 == /?* ]] || fail "$1 is no place in $root/"
    [ -e "$root$1" ] || [ -L "$root$1" ] || return 0
    say removed "$1"
    [ "$dry" = yes ] || rm -rf "$root$1"
    sweep "$1"
}

uninstall() {
    local place listed=()
    require_tools flock
    require_rights
    if [ -e "$root$list" ]; then
        mapfile -t listed <"$root$list"
    elif [ "$purge" = no ]; then
        fail "nothing is installed under $root$prefix"
    fi
    # A list that somebody else wrote must not lead anywhere else.
    for place in "${listed[@]}"; do
        case $place in
        *..*) fail "$root$list names $place, which is not Martlet's" ;;
        /*/martlet | /*/martlet.conf | /*/martlet-agent.service | "$share"/*) ;;
        *) fail "$root$list names $place, which is not Martlet's" ;;
        esac
    done
    lock
    [ "$dry" = yes ] || disable
    for place in "${listed[@]}"; do remove "$place"; done
    [ "$dry" = yes ] || [ ! -d "$root$share" ] ||
        rmdir --ignore-fail-on-non-empty "$root$share"
    if [ "$purge" = yes ]; then
        purge_rest
    else
        say kept "/etc/martlet and /var/lib/martlet" "--purge removes them"
    fi
    ! has_systemd || [ "$dry" = yes ] || systemctl daemon-reload
}

# Fails where it never was enabled.
disable() {
    if has_systemd; then
        systemctl disable --now martlet-agent 2>/dev/null || true
    elif command -v systemctl >/dev/null; then
        systemctl --root="${root:-/}" disable martlet-agent 2>/dev/null || true
    fi
}

# What is the host's own: configuration, certificates, state, and the user that they belong to.
purge_rest() {
    remove /etc/martlet
    remove /var/lib/martlet
    grep -qs '^martlet:' "$root/etc/passwd" || return 0
    require_tools userdel
    say removed "user martlet"
    [ "$dry" = yes ] || userdel --root "${root:-/}" martlet >/dev/null 2>&1 ||
        fail "userdel could not remove the user martlet"
}

# shellcheck source=scripts/install/placing.sh
source "$here/install/placing.sh"
parse "$@"
# Named before it is made: a signal may come in between.
work=${TMPDIR:-/tmp}/martlet-install.$$
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
mkdir -m 700 "$work"
case $action in
install) install_all ;;
uninstall) uninstall ;;
esac
