// Attributes that hwloc reads, each within its range.

extension XMLImport {
    mutating func commonAttributes(
        _ element: XMLElement
    ) throws(TopologyError) -> [(String, String)] {
        let identifier = newIdentifier()
        if let old = element.attributes["gp_index"] { identifiers[old] = identifier }
        var found = [
            ("type", element.attributes["type"] ?? ""), ("gp_index", "\(identifier)"),
        ]
        found += try numbers(["os_index"], of: element, below: 1 << 31)
        for name in ["name", "subtype"] {
            if let value = element.attributes[name] {
                found.append((name, String(value.prefix(256))))
            }
        }
        return found
    }

    /// Whole numbers that an element has, from 0 and below a limit.
    func numbers(
        _ names: [String], of element: XMLElement, below limit: Int
    ) throws(TopologyError) -> [(String, String)] {
        var found: [(String, String)] = []
        for name in names {
            guard let text = element.attributes[name] else { continue }
            guard let value = Int(text), (0..<limit).contains(value) else {
                throw Self.fault("\(name) is no whole number that can be meant", element)
            }
            found.append((name, "\(value)"))
        }
        return found
    }

    /// The level and kind of a cache stand in its type; hwloc refuses others.
    func cacheAttributes(
        _ element: XMLElement, _ type: String
    ) throws(TopologyError) -> [(String, String)] {
        let isInstruction = type.hasSuffix("iCache")
        let kind = isInstruction ? "2" : element.attributes["cache_type"] == "1" ? "1" : "0"
        return try numbers(["cache_size"], of: element, below: 1 << 60)
            + numbers(["cache_linesize"], of: element, below: 1 << 20)
            + [("depth", String(type.dropFirst().prefix(1))), ("cache_type", kind)]
    }
}

// MARK: - Devices

extension XMLImport {
    /// Nil for a device that hwloc 2.9 has no place for: in a PCI domain of more than 16 bits, or of
    /// a kind that came later.
    func deviceAttributes(
        _ element: XMLElement, _ type: String, _ parent: ImportedParent
    ) throws(TopologyError) -> [(String, String)]? {
        switch type {
        case "OSDev":
            guard let kind = element.attributes["osdev_type"].flatMap({ Int($0) }) else {
                throw Self.fault("an OS device without a type", element)
            }
            return (0...5).contains(kind) ? [("osdev_type", "\(kind)")] : nil
        case "PCIDev": return try pciAttributes(element)
        default: return try bridgeAttributes(element, parent)
        }
    }

    private func pciAttributes(_ element: XMLElement) throws(TopologyError) -> [(String, String)]? {
        guard let busID = element.attributes["pci_busid"].flatMap(HexadecimalFields.busID),
            let type = element.attributes["pci_type"].flatMap(HexadecimalFields.type)
        else {
            throw Self.fault("a PCI device without a bus id and a type that can be meant", element)
        }
        guard let busID = busID.text else { return nil }
        var found = [("pci_busid", busID), ("pci_type", type)]
        if let text = element.attributes["pci_link_speed"] {
            guard let speed = Double(text), speed >= 0, speed < 1e6,
                text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") })
            else { throw Self.fault("pci_link_speed is no speed", element) }
            found.append(("pci_link_speed", text))
        }
        return found
    }

    private func bridgeAttributes(
        _ element: XMLElement, _ parent: ImportedParent
    ) throws(TopologyError) -> [(String, String)]? {
        let type = element.attributes["bridge_type"]
        guard type == "0-1" || type == "1-1", let type,
            let buses = element.attributes["bridge_pci"].flatMap(HexadecimalFields.buses)
        else { throw Self.fault("a bridge whose sides are not named", element) }
        guard (type == "1-1") || parent.rank == .normal else {
            throw Self.fault("a host bridge below another device", element)
        }
        guard let buses = buses.text else { return nil }
        let own = [("bridge_type", type), ("bridge_pci", buses)]
        if type == "0-1" { return own }
        return try pciAttributes(element).map { own + $0 }
    }
}

/// hwloc's notations of PCI, strictly.
enum HexadecimalFields {
    /// What was read: nil inside where hwloc has no place for the domain.
    struct Outcome {
        var text: String?
    }

    /// `0000:84:00.0`
    static func busID(_ text: String) -> Outcome? {
        fields(text, separators: ":", ":", ".", limits: 0xffff_ffff, 0xff, 0x1f, 7).map { _ in
            outcome(text)
        }
    }

    /// `0000:[80-84]`
    static func buses(_ text: String) -> Outcome? {
        fields(text, separators: ":[", "-", "]", limits: 0xffff_ffff, 0xff, 0xff, 0).map { _ in
            outcome(text)
        }
    }

    /// `0302 [10de:1094] [00de:0088] a1`
    static func type(_ text: String) -> String? {
        fields(
            text, separators: " [", ":", "] [", ":", "] ",
            limits: 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xff
        ).map { _ in text }
    }

    private static func outcome(_ text: String) -> Outcome {
        let domain = Int(text.prefix { $0 != ":" }, radix: 16) ?? Int.max
        return Outcome(text: domain <= 0xffff ? text : nil)
    }

    /// Numbers between separators; a last limit of 0 stands for nothing behind the last separator.
    private static func fields(
        _ text: String, separators: String..., limits: Int...
    ) -> [Int]? {
        var rest = text[...]
        var found: [Int] = []
        for (position, limit) in limits.enumerated() {
            if position > 0 {
                let separator = separators[position - 1]
                guard rest.hasPrefix(separator) else { return nil }
                rest = rest.dropFirst(separator.count)
            }
            if limit == 0 { break }
            let digits = rest.prefix { $0.isASCII && $0.isHexDigit }
            #if MARTLET_PLANTED_FAULT
                // What `scripts/fuzz topology-xml --plant` must find: a number that does not fit.
                if Int(digits, radix: 16) ?? 0 > 0xffff { fatalError("MARTLET_PLANTED_FAULT") }
            #endif
            guard (1...8).contains(digits.count), let value = Int(digits, radix: 16),
                value <= limit
            else { return nil }
            found.append(value)
            rest = rest.dropFirst(digits.count)
        }
        return rest.isEmpty ? found : nil
    }
}
