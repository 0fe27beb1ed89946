internal import CHwloc
internal import Platform

// What hwloc stores, as values.

extension TreeObject {
    init(_ object: hwloc_obj) {
        kind = unsafe Self.kind(of: object)
        // HWLOC_UNKNOWN_INDEX is a cast, which Swift does not import.
        osIndex = unsafe object.os_index == UInt32.max ? nil : Int(object.os_index)
        name = unsafe object.name.map { unsafe String(cString: $0) }
        subtype = unsafe object.subtype.map { unsafe String(cString: $0) }
        if let set = unsafe object.cpuset { processors = unsafe Bitmap(set) }
        if let set = unsafe object.nodeset { nodes = unsafe Bitmap(set) }
        for position in 0..<(unsafe Int(object.infos_count)) {
            let info = unsafe object.infos[position]
            guard let name = unsafe info.name, let value = unsafe info.value else { continue }
            let key = unsafe String(cString: name)
            if infos[key] == nil { infos[key] = unsafe String(cString: value) }
        }
        guard let attributes = unsafe object.attr else { return }
        unsafe read(attributes.pointee)
    }

    private mutating func read(_ attributes: hwloc_obj_attr_u) {
        switch kind {
        case .cache:
            byteCount = unsafe Self.known(attributes.cache.size)
        case .numaNode:
            byteCount = unsafe Self.known(attributes.numanode.local_memory)
            for position in 0..<(unsafe Int(attributes.numanode.page_types_len)) {
                let pages = unsafe attributes.numanode.page_types[position]
                self.pages.append(
                    NUMANode.Pages(
                        pageBytes: Int(clamping: pages.size), count: Int(clamping: pages.count)))
            }
        case .hostBridge:
            // As Linux names the root of a PCI tree.
            let bus = unsafe attributes.bridge.downstream.pci
            let digits = hexadecimal(Int(bus.domain), 4)
            name = "pci\(digits):\(hexadecimal(Int(bus.secondary_bus), 2))"
        case .bridge:
            pci = unsafe PCIFunction(attributes.bridge.upstream.pci)
        case .pciDevice:
            pci = unsafe PCIFunction(attributes.pcidev)
        default: break
        }
    }

    /// hwloc writes 0 where it does not know.
    private static func known(_ value: UInt64) -> Int? {
        value == 0 ? nil : Int(clamping: value)
    }

    private static func kind(of object: hwloc_obj) -> Kind {
        switch unsafe object.type {
        case HWLOC_OBJ_MACHINE: .machine
        case HWLOC_OBJ_PACKAGE: .package
        case HWLOC_OBJ_CORE: .core
        case HWLOC_OBJ_PU: .processingUnit
        case HWLOC_OBJ_GROUP: .group
        case HWLOC_OBJ_NUMANODE: .numaNode
        case HWLOC_OBJ_BRIDGE: unsafe bridgeKind(of: object)
        case HWLOC_OBJ_PCI_DEVICE: .pciDevice
        case HWLOC_OBJ_OS_DEVICE: unsafe .osDevice(osDeviceKind(of: object))
        case HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE,
            HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L1ICACHE, HWLOC_OBJ_L2ICACHE, HWLOC_OBJ_L3ICACHE:
            unsafe cacheKind(of: object)
        default: .other
        }
    }

    private static func bridgeKind(of object: hwloc_obj) -> Kind {
        guard let attributes = unsafe object.attr else { return .other }
        return unsafe attributes.pointee.bridge.upstream_type == HWLOC_OBJ_BRIDGE_HOST
            ? .hostBridge : .bridge
    }

    private static func cacheKind(of object: hwloc_obj) -> Kind {
        guard let attributes = unsafe object.attr else { return .other }
        let kind: Cache.Kind =
            switch unsafe attributes.pointee.cache.type {
            case HWLOC_OBJ_CACHE_DATA: .data
            case HWLOC_OBJ_CACHE_INSTRUCTION: .instruction
            default: .unified
            }
        return unsafe .cache(level: Int(attributes.pointee.cache.depth), kind: kind)
    }

    private static func osDeviceKind(of object: hwloc_obj) -> OSDeviceKind {
        guard let attributes = unsafe object.attr else { return .other }
        return switch unsafe attributes.pointee.osdev.type {
        case HWLOC_OBJ_OSDEV_GPU: .gpu
        case HWLOC_OBJ_OSDEV_NETWORK: .network
        case HWLOC_OBJ_OSDEV_OPENFABRICS: .openFabrics
        case HWLOC_OBJ_OSDEV_COPROC: .coProcessor
        default: .other
        }
    }
}

extension PCIFunction {
    init(_ device: hwloc_pcidev_attr_s) {
        busID = PCIBusID(
            domain: Int(device.domain), bus: Int(device.bus), device: Int(device.dev),
            function: Int(device.func))
        vendorID = Int(device.vendor_id)
        deviceID = Int(device.device_id)
        classID = Int(device.class_id)
        // In gigabytes per second as a float whose last digits are noise; 0 is unknown.
        let speed = Double(device.linkspeed)
        if speed > 0, speed < 1e6 { linkBytesPerSecond = Int((speed * 1e6).rounded()) * 1000 }
    }
}

extension Bitmap {
    init(_ bitmap: hwloc_const_bitmap_t) {
        self.init()
        // An infinite set has no last member; none is left after loading.
        guard unsafe hwloc_bitmap_last(bitmap) >= 0 else { return }
        var next = unsafe hwloc_bitmap_first(bitmap)
        while next >= 0 {
            insert(Int(next))
            next = unsafe hwloc_bitmap_next(bitmap, next)
        }
    }
}
