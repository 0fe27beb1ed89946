extension RankPlace {
    /// At most so many bytes.
    package static let byteLimit = 14 + 3 * railLimit

    private static let version: UInt8 = 1
    private static let none: UInt8 = 255

    /// What ``init(bytes:)`` reads back.
    ///
    /// Version (1), NUMA node (2 bytes, 65535 for none), accelerator (1 if there is one, then domain
    /// in 4 bytes, bus, device, function), number of rails, and for each its kind, position and path
    /// class (255 for none). Little-endian.
    package var bytes: [UInt8] {
        var bytes = [Self.version]
        let node = numaNode.flatMap { UInt16(exactly: $0) } ?? .max
        bytes += [UInt8(truncatingIfNeeded: node), UInt8(truncatingIfNeeded: node >> 8)]
        if let accelerator {
            let domain = UInt32(truncatingIfNeeded: accelerator.domain)
            bytes.append(1)
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: domain >> (8 * $0)) }
            bytes += [accelerator.bus, accelerator.device, accelerator.function]
                .map { UInt8(truncatingIfNeeded: $0) }
        } else {
            bytes.append(0)
        }
        let told = rails.prefix(Self.railLimit).filter { $0.position < Int(Self.none) }
        bytes.append(UInt8(told.count))
        for rail in told {
            bytes.append(UInt8(NIC.Kind.allCases.firstIndex(of: rail.kind) ?? 0))
            bytes.append(UInt8(rail.position))
            bytes.append(rail.path.map { UInt8($0.rawValue) } ?? Self.none)
        }
        return bytes
    }

    /// Nil for anything that ``bytes`` never makes.
    package init?(bytes: [UInt8]) {
        var rest = bytes[...]
        func next() -> UInt8? { rest.popFirst() }
        guard next() == Self.version, let low = next(), let high = next(), let flag = next(),
            flag <= 1
        else { return nil }
        let node = Int(low) | Int(high) << 8
        var accelerator: PCIBusID?
        if flag == 1 {
            guard rest.count >= 7 else { return nil }
            let words = rest.prefix(7).map(Int.init)
            rest = rest.dropFirst(7)
            accelerator = PCIBusID(
                domain: words[0] | words[1] << 8 | words[2] << 16 | words[3] << 24,
                bus: words[4], device: words[5], function: words[6])
        }
        guard let count = next(), count <= Self.railLimit, rest.count == 3 * Int(count) else {
            return nil
        }
        var rails: [Reach] = []
        while let kind = next(), let position = next(), let path = next() {
            guard NIC.Kind.allCases.indices.contains(Int(kind)) else { return nil }
            let known = PathClass(rawValue: Int(path))
            guard known != nil || path == Self.none else { return nil }
            rails.append(
                Reach(kind: NIC.Kind.allCases[Int(kind)], position: Int(position), path: known))
        }
        self.init(
            numaNode: node == Int(UInt16.max) ? nil : node, accelerator: accelerator, rails: rails)
    }
}
