# Shared by scripts/rdma-lab: the guest's kernel, and modules that Debian leaves out.
# shellcheck shell=bash
# shellcheck disable=SC2154 # cache, work and such are the caller's

updated=no

# update_lists: once, and only by who may.
update_lists() {
    [ $updated = no ] || return 0
    updated=yes
    if [ "$(id -u)" = 0 ]; then
        apt-get update
    fi
}

# Debian's current kernel: $cache/kernel/{version,vmlinux,lib/modules/...}.
make_kernel() {
    if [ ! -e "$cache/kernel/version" ]; then
        mkdir -p .logs
        say "fetching Debian's kernel (once)"
        fetch_kernel >.logs/rdma-lab-kernel.log 2>&1 ||
            fail "no kernel could be had: $(tail -n 1 .logs/rdma-lab-kernel.log)"
    fi
    # shellcheck disable=SC2034 # kernel_package is make_modules' and image.sh's
    read -r kernel kernel_package <"$cache/kernel/version"
}

fetch_kernel() {
    local package version image folder=$work/kernel skipped
    update_lists
    package=$(apt-cache depends linux-image-amd64 |
        sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    if [ -z "$package" ]; then
        echo "apt knows no linux-image-amd64; run: sudo apt-get update"
        return 1
    fi
    version=$(apt-cache policy "$package" | sed -n 's/.*Candidate: //p')
    mkdir -p "$folder"
    (cd "$work" && apt-get download -qq "$package=$version" >&2) || return 1
    dpkg -x "$work/$package"_*.deb "$folder"
    rm -f "$work/$package"_*.deb
    image=$(echo "$folder"/boot/vmlinuz-*)
    unpack_kernel "$image" >"$folder/vmlinux" 2>/dev/null || cp "$image" "$folder/vmlinux"
    # Of 400 MB of modules, what could matter here.
    for skipped in sound drivers/{gpu,media,staging,iio,usb,isdn,hwmon,input,mtd,mmc,platform} \
        drivers/{scsi,ata,video,comedi,i2c,leds,hid,md,gpio} drivers/net/{wireless,usb,can}; do
        rm -rf "$folder"/lib/modules/*/kernel/"$skipped"
    done
    depmod -b "$folder" "${package#linux-image-}"
    echo "${package#linux-image-} $version" >"$folder/version"
    rm -rf "$cache/kernel" "${folder:?}/usr"
    mv "$folder" "$cache/kernel"
}

# unpack_kernel IMAGE: the ELF file inside, which qemu starts by itself (PVH). Otherwise the guest
# would unpack it, which takes seconds where it is emulated.
unpack_kernel() {
    local sectors offset
    # Documentation/x86/boot.rst: setup_sects, and payload_offset behind the setup code.
    sectors=$(field "$1" 497 1)
    offset=$(((sectors + 1) * 512 + $(field "$1" 584 4) + 1))
    tail -c "+$offset" "$1" | xz -dc --single-stream
}

# field FILE OFFSET SIZE: a little-endian number.
field() {
    od -An -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# Soft-iWARP, which Debian's configuration leaves out, made from Debian's source of the same kernel;
# and Soft-RoCE along with it, because both get one change: an RDMA device on a PCI network card
# becomes the card's child, as in hardware. Otherwise it stands under /sys/devices/virtual, where
# hwloc does not look and where there is no NUMA node to be had.
make_modules() {
    local made=$cache/modules-$kernel
    [ ! -e "$made/complete" ] || return 0
    need_packages make gcc-12 libc6-dev libelf1 >&2
    say "building the RDMA modules for $kernel (once, a minute)"
    mkdir -p "$made" .logs
    update_lists >.logs/rdma-lab-apt.log 2>&1 || true
    build_modules "$made" >.logs/rdma-lab-modules.log 2>&1 && touch "$made/complete"
}

build_modules() {
    local made=$1 root=$work/modules series abi headers drivers package module
    series=$(echo "$kernel" | cut -d. -f1,2)
    abi=${kernel%-amd64}
    headers=$root/usr/src/linux-headers-$kernel
    drivers=$root/linux-source-$series/drivers/infiniband/sw
    mkdir -p "$root"
    # The tools are of the series, and Debian's archive may have only later ones; the headers ask for
    # no more than their own version.
    (cd "$root" && apt-get download -qq "linux-source-$series=$kernel_package" \
        "linux-headers-$kernel=$kernel_package" "linux-headers-$abi-common=$kernel_package" \
        "linux-kbuild-$series" linux-compiler-gcc-12-x86) || return 1
    for package in "$root"/linux-{headers,kbuild,compiler}-*.deb; do
        dpkg -x "$package" "$root" || return 1
    done
    dpkg-deb --fsys-tarfile "$root/linux-source-${series}_"*.deb |
        tar -xO "./usr/src/linux-source-$series.tar.xz" |
        tar -xJ -C "$root" "linux-source-$series/drivers/infiniband/sw/siw" \
            "linux-source-$series/drivers/infiniband/sw/rxe" || return 1
    adopt_parent "$drivers/siw/siw_main.c" base_dev netdev || return 1
    adopt_parent "$drivers/rxe/rxe_verbs.c" dev 'rxe->ndev' || return 1
    sed -i "s|/usr/src|$root/usr/src|" "$headers/Makefile"
    for module in siw rxe; do
        make -C "$headers" M="$drivers/$module" CONFIG_RDMA_SIW=m CONFIG_RDMA_RXE=m modules ||
            return 1
    done
    strip --strip-debug "$drivers"/*/*.ko
    mv "$drivers"/*/*.ko "$made/" || return 1
    rm -rf "$root"
}

# adopt_parent FILE DEVICE CARD: gives the RDMA device the PCI device of its network card as parent.
adopt_parent() {
    local parent="$2->dev.parent"
    sed -i -e '1i #include <linux/pci.h>' -e "s/^\t$2->phys_port_cnt = 1;/&\n\
\tfor ($parent = $3->dev.parent; $parent \&\& !dev_is_pci($parent);)\n\
\t\t$parent = $parent->parent;/" "$1"
    grep -q dev_is_pci "$1"
}
