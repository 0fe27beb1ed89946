# Shared by scripts/install.sh: how files get to their places, all of them or none.
# shellcheck shell=bash
# shellcheck disable=SC2154 # root, dry and list are the caller's

# Files that are ready, the places that they shall take, and the places that were taken.
ready=()
places=()
committed=()

# Staging: everything is written, checked and on the disk before anything takes its place.

# sweep PLACE: removes what a run that was killed left beside it.
sweep() {
    [ "$dry" = yes ] || rm -f "$(dirname "$root$1")/.$(basename "$1").martlet-"{new,old}
}

# stage SOURCE PLACE [MODE]: copies a file beside the place that it shall take.
stage() {
    local place=$2 folder
    folder=$(dirname "$root$place")
    sweep "$place"
    if [ -f "$root$place" ] && cmp -s "$1" "$root$place"; then
        [ "$place" = "$list" ] || say same "$place"
        return
    fi
    [ ! -d "$root$place" ] || fail "$root$place is a folder; a file belongs there"
    if [ "$dry" = yes ]; then
        say "$([ -e "$root$place" ] && echo replaced || echo added)" "$place"
        return
    fi
    mkdir -p "$folder"
    local new
    new=$folder/.$(basename "$place").martlet-new
    ready+=("$new")
    places+=("$place")
    install -m "${3:-644}" "$1" "$new" || fail "$new could not be written; nothing was changed"
    sync "$new"
}

# Taking the places.

commit() {
    local index place old
    for index in "${!ready[@]}"; do
        place=${places[$index]}
        old=$(dirname "$root$place")/.$(basename "$place").martlet-old
        if [ -e "$root$place" ]; then
            ln -f "$root$place" "$old"
            say replaced "$place"
        else
            rm -f "$old"
            say added "$place"
        fi
        committed+=("$place")
        mv -fT "${ready[$index]}" "$root$place"
    done
}

# At the end, whatever it is: until all files are in place, the old ones return.
clean_up() {
    local status=$? place old
    # A second signal must not end what comes now.
    trap '' INT TERM HUP
    if [ "$status" != 0 ]; then
        for place in "${committed[@]}"; do
            old=$(dirname "$root$place")/.$(basename "$place").martlet-old
            if [ -e "$old" ]; then mv -fT "$old" "$root$place"; else rm -f "$root$place"; fi
        done
        [ ${#committed[@]} = 0 ] ||
            echo "install.sh: it failed; what was there before is back" >&2
    fi
    for place in "${places[@]}"; do sweep "$place"; done
    rm -rf "$work"
}
