# Shared by scripts/rdma-lab: what the guest finds in its memory when it starts.
# shellcheck shell=bash
# shellcheck disable=SC2154 # cache, work and such are the caller's

# put ROOT FILE...: each file below the root, under its folder's real name.
put() {
    local root=$1 file folder
    shift
    for file in "$@"; do
        folder=$(readlink -f "$(dirname "$file")")
        [ ! -e "$root$folder/${file##*/}" ] || continue
        mkdir -p "$root$folder"
        cp -L "$file" "$root$folder/"
    done
}

# libraries_of FILE...: the shared libraries that the loader finds; `missing NAME` for others.
libraries_of() {
    local file
    for file in "$@"; do ldd "$file" 2>/dev/null || true; done | awk '
        $2 == "=>" && $3 ~ /^\// { print $3; next }
        $2 == "=>" && $3 == "not" { print "missing " $1; next }
        $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' | sort -u
}

pack() {
    (cd "$1" && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet)
}

# Tools, modules and the first process: $base.
make_base() {
    local sum
    sum=$(cat scripts/lab/guest-init scripts/lab/image.sh | md5sum | cut -c1-12)
    base=$cache/base-$kernel-siw$has_siw-$sum.cpio
    [ ! -e "$base" ] || return 0
    say "packing the guest's tools (once)"
    rm -f "$cache/base-$kernel-siw$has_siw-"*.cpio
    local root=$work/base folder
    mkdir -p "$root"/{dev,proc,sys,run,tmp,root,etc,host,lab,usr/{bin,sbin,lib,lib64},var/tmp}
    chmod 1777 "$root/tmp" "$root/var/tmp"
    for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
    ln -s /run "$root/var/run"
    put_tools "$root"
    put_settings "$root"
    put_modules "$root"
    cp scripts/lab/guest-init "$root/init"
    chmod 755 "$root/init"
    pack "$root" >"$work/base.cpio"
    mv "$work/base.cpio" "$base"
    rm -rf "$root"
}

put_tools() {
    local root=$1 files=() libraries=() name
    mapfile -t files < <(dpkg -L ibverbs-utils rdmacm-utils perftest hwloc-nox numactl |
        grep -E '^/usr/s?bin/' | while read -r name; do [ ! -f "$name" ] || echo "$name"; done)
    files+=(/bin/bash)
    for name in ip rdma tc bridge ss; do
        files+=("$(command -v "$name" || echo "/sbin/$name")")
    done
    # Opened by name at run time: ldd does not know of them.
    mapfile -t libraries < <(dpkg -L ibverbs-providers | grep -E '/lib(rxe|siw)-rdmav[0-9]+\.so$')
    libraries+=(/lib/x86_64-linux-gnu/libgcc_s.so.1)
    put "$root" "${files[@]}" "${libraries[@]}"
    mapfile -t libraries < <(libraries_of "${files[@]}" "${libraries[@]}" | grep -v '^missing')
    put "$root" "${libraries[@]}"
    put "$root" /bin/busybox /etc/libibverbs.d/{rxe,siw}.driver
    ln -sf lstopo-no-graphics "$root/usr/bin/lstopo"
    for name in $("$root/usr/bin/busybox" --list); do
        [ -e "$root/usr/bin/$name" ] || [ -e "$root/usr/sbin/$name" ] ||
            ln -s busybox "$root/usr/bin/$name"
    done
    # Where the kernel calls it.
    ln -s ../bin/busybox "$root/usr/sbin/modprobe"
}

put_settings() {
    local etc=$1/etc
    printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/sh\n' >"$etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$etc/group"
    printf '%s\n' '127.0.0.1 localhost rdma-lab' '10.77.0.1 roce0' '10.77.0.2 roce1' \
        '10.77.1.1 iw0' '10.77.1.2 iw1' >"$etc/hosts"
    printf 'passwd: files\ngroup: files\nhosts: files\n' >"$etc/nsswitch.conf"
    echo rdma-lab >"$etc/hostname"
}

put_modules() {
    local root=$1 folder=$1/usr/lib/modules/$kernel module file target
    mkdir -p "$folder"
    cp "$cache/kernel/lib/modules/$kernel"/modules.{builtin,builtin.modinfo,order} "$folder/"
    for module in rdma_rxe ib_uverbs rdma_ucm ib_umad veth dummy virtio_pci virtio_net 9p \
        9pnet_virtio sch_netem sch_tbf crc32_generic crc32_pclmul crc32c_generic crc32c_intel \
        libcrc32c; do
        modprobe -d "$cache/kernel" -S "$kernel" --show-depends "$module" 2>/dev/null |
            awk '$1 == "insmod" { print $2 }' | while read -r file; do
            target=usr${file#"$cache/kernel"}
            mkdir -p "$root/${target%/*}"
            cp -n "$file" "$root/$target"
        done || true
    done
    if [ "$has_siw" = 1 ]; then
        mkdir -p "$folder/updates"
        cp "$cache/modules-$kernel"/*.ko "$folder/updates/"
    fi
    depmod -b "$root" "$kernel"
}

# make_initrd COMMAND ARGUMENT...: the base, and behind it what belongs to this run: $work/initrd.
make_initrd() {
    local root=$work/payload program file elves=() names=() start=/root
    mkdir -p "$root/lab" "$root/usr/bin"
    if [[ $1 == */* ]] && program=$(here "$1") && [[ $program != "${payload:-/none}"/* ]]; then
        bins+=("$program")
        shift
        set -- "$program" "$@"
    fi
    if [ -n "$payload" ]; then
        start=$payload
        mkdir -p "$root$(dirname "$payload")"
        cp -a "$payload" "$root$payload"
        ln -s "$payload" "$root/payload"
        mapfile -d '' -t names < <(find "$payload" -type f -size +0 -print0)
        for file in ${names[@]+"${names[@]}"}; do
            [ "$(head -c 4 "$file" | tr -d '\0')" != $'\x7fELF' ] || elves+=("$file")
        done
    fi
    for program in ${bins[@]+"${bins[@]}"}; do
        file=$(here "$program") || fail "there is no program $program here"
        put "$root" "$file"
        elves+=("$file")
        # Its folder may be one of the guest's PATH already.
        [ -e "$root/usr/bin/${file##*/}" ] || ln -s "$file" "$root/usr/bin/${file##*/}"
    done
    put_libraries "$root" ${elves[@]+"${elves[@]}"}
    write_command "$root" "$start" "$@"
    pack "$root" >"$work/payload.cpio"
    cat "$base" "$work/payload.cpio" >"$work/initrd"
    rm -rf "$root" "$work/payload.cpio"
}

# here PROGRAM: the path of a program of this machine, its folder's real name in it.
here() {
    local path
    path=$(cd "$invoked_from" && command -v "$1") || return 1
    case $path in /*) ;; *) path=$invoked_from/$path ;; esac
    [ -f "$path" ] && [ -x "$path" ] || return 1
    echo "$(readlink -f "$(dirname "$path")")/${path##*/}"
}

# put_libraries ROOT FILE...: the libraries of these programs, and where they are.
put_libraries() {
    local root=$1 library folders=
    shift
    while read -r library; do
        case $library in
        'missing '*)
            library=${library#missing }
            if [ -z "$payload" ] || [ -z "$(find "$payload" -name "$library" -print -quit)" ]; then
                say "$library is needed, and the loader does not find it here"
            fi
            ;;
        "${payload:-/none}"/*) ;;
        *)
            put "$root" "$library"
            library=$(readlink -f "$(dirname "$library")")
            # A program's own search path may lead there by links that the guest does not have.
            [[ ":$folders:" == *":$library:"* ]] || folders+=${folders:+:}$library
            ;;
        esac
    done < <(libraries_of "$@")
    echo "$folders" >"$root/lab/libraries"
}

# write_command ROOT FOLDER COMMAND ARGUMENT...: every argument as it was, whatever is in it.
write_command() {
    local file=$1/lab/command
    {
        echo '#!/bin/bash'
        printf 'cd %q || exit 125\n' "$2"
        shift 2
        printf 'exec'
        printf ' %q' "$@"
        echo
    } >"$file"
    chmod 755 "$file"
}
