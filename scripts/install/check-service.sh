# Shared by scripts/check-install: the service, under the systemd of a Debian that is booted in a container
# without a network.
# shellcheck shell=bash
# shellcheck disable=SC2154 # work, root, first and second are the caller's

machine=
leader=

# until_true SECONDS WHAT COMMAND...: waits for a condition.
until_true() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || wrong "in time: $what; $(booted systemctl status martlet-agent \
            --no-pager 2>&1 | tail -n 12)"
        sleep 0.1
    done
}

# booted COMMAND...: inside of the running Debian.
booted() {
    env --unset TMPDIR nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup "$@"
}

has_booted() {
    leader=$(pgrep -P "$machine" | head -n 1) && [ -n "$leader" ] &&
        [[ $(booted systemctl is-system-running) == running ]]
}

boot() {
    need_packages systemd-container
    systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit --console=pipe \
        --private-network --rlimit=RLIMIT_MEMLOCK=infinity </dev/null >"$work/console" 2>&1 &
    machine=$!
    until_true 60 "the Debian runs" has_booted
}

# Also at the end of a check that failed.
halt() {
    [ -n "$machine" ] || return 0
    kill "$machine" 2>/dev/null || true
    wait "$machine" || true
    machine=
}

process() {
    booted systemctl show --property MainPID --value martlet-agent
}

is_new_process() {
    local now
    now=$(process)
    [ "$now" != 0 ] && [ "$now" != "$1" ] && booted systemctl --quiet is-active martlet-agent
}

# changed LINE...: other lines in the unit, until the next change.
changed() {
    local folder=/proc/$leader/root/run/systemd/system/martlet-agent.service.d
    mkdir -p "$folder"
    printf '%s\n' '[Service]' "$@" >"$folder/check.conf"
    booted systemctl daemon-reload
}

journal() {
    booted journalctl --unit martlet-agent --output cat --no-pager
}

journal_has() {
    journal >"$work/journal" && grep -q -- "$1" "$work/journal"
}

check_service() {
    "$install" --root "$root" --binary "$first" >/dev/null
    boot
    check_sandbox
    check_default
    check_life
    halt
}

# What the library and hwloc need works under the unit's restrictions.
check_sandbox() {
    local martlet=ExecStart=/usr/local/bin/martlet line memory
    # Unlimited, unless this machine itself may not have that.
    memory=$(ulimit -l unlimited 2>/dev/null || true && ulimit -Hl)
    changed Type=oneshot Restart=no WatchdogSec=0 ExecStart= "$martlet topology" \
        "$martlet bench all-reduce --ranks 2 -b 8 -e 1M -f 64 -n 5" \
        'ExecStart=/bin/sh -c "ulimit -l; ! touch /usr/x; ! touch /etc/martlet/x"' \
        'ExecStart=/bin/grep ^CapBnd /proc/self/status' \
        'ExecStart=/usr/bin/touch /var/lib/martlet/x /run/martlet/x'
    booted systemctl start martlet-agent || wrong "it failed: $(journal)"
    for line in '^host: ' '^# Out of bounds values : 0 OK' "^$memory\$" '^CapBnd:.0*$' \
        "cannot touch '/usr/x': Read-only" "cannot touch '/etc/martlet/x': Permission denied"; do
        until_true 10 "'$line' in the journal" journal_has "$line"
    done
    booted systemctl stop martlet-agent
    ok "topology and collectives work as the service may run, and the system is read-only to it"
}

# The default configuration as it is, and with every key of it in force.
check_default() {
    local key
    booted sh -c 'sed -E "s/^#([A-Za-z]|  )/\1/" /etc/martlet/agent.yaml >/root/all.yaml'
    booted martlet agent --check-config --config /etc/martlet/agent.yaml >/dev/null
    booted martlet agent --check-config --config /root/all.yaml >/dev/null
    booted martlet agent --print-config --config /etc/martlet/agent.yaml >"$work/default"
    booted martlet agent --print-config --config /root/all.yaml >"$work/all"
    fails grep '# default$' "$work/all"
    # What has a default is shown with it, but for what the file calls an example.
    while read -r key; do
        same "$key" "$(sed -n "s/^$key: *\(.*[^ ]\) *#.*/\1/p" "$work/default")" \
            "$(sed -n "s/^$key: *\(.*[^ ]\) *#.*/\1/p" "$work/all")"
    done < <(sed -n 's/^\([A-Za-z.]*\): *[^ #].*/\1/p' "$work/default" |
        grep -v '^inventory.expectedRatesBitsPerSecond$')
    ok "the default configuration names every key, with what it is without the file"
}

check_life() {
    local now
    changed "WatchdogSec=3"
    booted systemctl enable --now martlet-agent 2>/dev/null || wrong "$(journal | tail -n 20)"
    booted systemctl --quiet is-active martlet-agent
    same "its user" "martlet" "$(booted stat -c %U "/proc/$(process)")"
    same "its socket" "socket 660 martlet martlet" \
        "$(booted stat -c '%F %a %U %G' /run/martlet/agent.sock)"
    ok "the agent says that it is ready, and serves its socket"

    now=$(process)
    booted sh -c "kill -KILL $now"
    until_true 15 "a killed agent is back" is_new_process "$now"
    now=$(process)
    booted sh -c "kill -STOP $now"
    until_true 30 "an agent that hangs is back" is_new_process "$now"
    ok "an agent that is killed or hangs is started anew"

    check_wrong_configuration
    check_upgrade_of_service
    booted systemctl start martlet-agent
    now=$(process)
    booted /source/scripts/install.sh --uninstall >/dev/null
    booted test ! -e "/proc/$now"
    fails booted systemctl cat martlet-agent
    ok "an agent that is uninstalled has stopped and left no unit"
}

# Anything but starting it again and again.
check_wrong_configuration() {
    booted systemctl stop martlet-agent
    changed ExecStart= "ExecStart=/usr/local/bin/martlet agent --set no.key=1"
    fails booted systemctl start martlet-agent
    same "how it is" "failed 0" "$(booted systemctl show --value -p ActiveState -p NRestarts \
        martlet-agent | tac | paste -s -d ' ')"
    journal_has 'there is no key no.key' || wrong "the journal does not say why"
    changed WatchdogSec=3
    booted systemctl start martlet-agent
    ok "a wrong configuration is told in the journal, and not tried again"
}

check_upgrade_of_service() {
    local now
    now=$(process)
    booted /source/scripts/install.sh --binary /source/martlet >"$work/said"
    same "the process, after nothing changed" "$now" "$(process)"
    cp "$second" "$root/source/later"
    booted /source/scripts/install.sh --binary /source/later >"$work/said"
    grep -q '^restarted *martlet-agent.service (it was running)$' "$work/said"
    is_new_process "$now"
    booted systemctl stop martlet-agent
    booted /source/scripts/install.sh --binary /source/martlet >"$work/said"
    fails grep -q '^restarted' "$work/said"
    fails booted systemctl is-active martlet-agent
    ok "an upgrade restarts what was running, and nothing else"
}
