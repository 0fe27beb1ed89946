# Shared by scripts/check-install: a Debian that has never seen Swift.
# shellcheck shell=bash
# shellcheck disable=SC2154 # work, install, first, second, unit and configuration are the caller's

# Made once. What docs/installing.md says that the command needs is all that comes along.
make_debian() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/martlet/debian
    [ "$(id -u)" = 0 ] || fail "--full makes a Debian: run it as root"
    need_packages debootstrap
    if [ ! -e "$cache/complete" ]; then
        echo "making a clean Debian (once, a minute)" >&2
        rm -rf "$cache"
        mkdir -p "$cache" .logs
        debootstrap --variant=minbase \
            --include=systemd,libhwloc15,libnuma1,libssl3,libsqlite3-0,libstdc++6,zlib1g \
            bookworm "$cache/root" >.logs/debootstrap.log 2>&1 ||
            fail "debootstrap failed: $(tail -n 1 .logs/debootstrap.log)"
        touch "$cache/complete"
    fi
    cp -a "$cache/root" "$root"
}

# inside COMMAND...: in the Debian, with the folders that a running system has.
inside() {
    # shellcheck disable=SC2016 # $1 and $@ are the inner shell's
    unshare --mount --pid --fork bash -c '
        mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && shift &&
            unset TMPDIR && exec chroot "$@"' \
        bash "$root" "$root" "$@"
}

check_debian() {
    root=$work/debian
    make_debian
    local before
    before=$(snapshot_of_debian)

    mkdir -p "$root/source/scripts"
    cp -r "$work/source/docs" "$root/source/"
    cp -r "$work"/source/scripts/install{,.sh} "$root/source/scripts/"
    cp "$first" "$root/source/martlet"
    inside /source/scripts/install.sh --binary /source/martlet >"$work/said"
    grep -q '^version *[0-9]' "$work/said"
    grep -q 'systemd does not run here' "$work/said"
    inside /usr/local/bin/martlet topology >"$work/said"
    grep -q '^host: ' "$work/said"
    inside ldd /usr/local/bin/martlet >"$work/libraries"
    fails grep -i 'not found\|swift' "$work/libraries"
    ok "a clean Debian installs it with nothing but the script, its folder and the binary"

    same "the user" "martlet:x:N:N:Martlet node agent:/var/lib/martlet:/usr/sbin/nologin" \
        "$(grep '^martlet:' "$root/etc/passwd" | sed 's/:[0-9]\+/:N/g')"
    grep -q '^render:.*:martlet$' "$root/etc/group"
    same "owners and modes" "750 root martlet /etc/martlet
640 root martlet /etc/martlet/agent.yaml
750 root martlet /etc/martlet/tls
750 martlet martlet /var/lib/martlet" "$(inside stat -c '%a %U %G %n' /etc/martlet \
        "$configuration" /etc/martlet/tls /var/lib/martlet)"
    ok "user, groups and folders are as they should be"

    check_keys
    systemd-analyze verify --man=no --root="$root" martlet-agent.service
    systemd-analyze security --offline=true --threshold=25 --root="$root" martlet-agent.service \
        >/dev/null
    inside systemctl enable martlet-agent 2>/dev/null
    ok "systemd of that root accepts and enables the unit"

    "$install" --root "$root" --binary "$second" >"$work/said"
    grep -q '^replaced */usr/local/bin/martlet' "$work/said"
    inside /usr/local/bin/martlet --version >"$work/said"
    grep -q '^[0-9]' "$work/said"
    ok "an upgrade from outside, too, runs there"

    check_missing_library
    "$install" --root "$root" --uninstall --purge >/dev/null
    fails grep '^martlet:' "$root/etc/passwd"
    mv "$root/source" "$work/taken"
    diff <(echo "$before") <(snapshot_of_debian) >"$work/difference" || true
    fails grep '^> [0-9a-f]\{64\}\|^> [fl]' "$work/difference"
    mv "$work/taken" "$root/source"
    ok "--purge leaves no file, link or user"
    check_service
}

# Without the lists of users, of which systemd keeps copies.
snapshot_of_debian() {
    snapshot "$root" | grep -v '/etc/\(group\|gshadow\|passwd\|shadow\)-\?$'
}

# Certificates in their place get the owner who reads them.
check_keys() {
    scripts/make-certs "$work/certs" --node node01 >/dev/null
    cp "$work/certs/nodes/node01/"* "$root/etc/martlet/tls/node/"
    inside systemd-tmpfiles --create martlet.conf
    same "the key" "600 martlet" "$(inside stat -c '%a %U' /etc/martlet/tls/node/tls.key)"
    inside setpriv --reuid martlet --regid martlet --clear-groups \
        cat /etc/martlet/tls/node/{ca.crt,tls.crt,tls.key} "$configuration" >/dev/null
    inside setpriv --reuid nobody --regid nogroup --clear-groups \
        bash -c '! cat /etc/martlet/tls/node/ca.crt' 2>/dev/null
    ok "the agent reads its certificates, and nobody else does"
}

check_missing_library() {
    local library
    library=$(inside sh -c 'readlink -f /usr/lib/*/libhwloc.so.15')
    mv "$root$library" "$root$library.away"
    refuses 1 "it needs libhwloc.so.15; run: sudo apt-get install -y libhwloc15" \
        "$install" --root "$root" --binary "$first"
    cmp "$second" "$root/usr/local/bin/martlet"
    mv "$root$library.away" "$root$library"
    ok "a command that would not run there says what it needs, and takes no place"
}
