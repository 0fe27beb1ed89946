import Topology

extension MachinePicture {
    private static let down: Colour = "#9a9a9a"

    /// As lspci writes it: without the domain, where that is the first.
    static func short(_ busID: PCIBusID) -> String {
        let text = "\(busID)"
        return busID.domain == 0 ? String(text.dropFirst(5)) : text
    }

    /// A device's name, which is its bus id where it has no other.
    static func short(_ title: String, _ pci: PCIFunction?) -> String {
        guard let busID = pci?.busID, title == "\(busID)" else { return title }
        return short(busID)
    }

    func accelerator(_ index: Int) -> SVGElement {
        let accelerator = topology.accelerators[index]
        let name = report.acceleratorTitles[index]
        let memory = accelerator.memoryBytes.map(BinarySize.text)
        let lines = [
            accelerator.model ?? accelerator.vendor ?? memory ?? "",
            accelerator.pci.map { Self.short($0.busID) } ?? "",
        ]
        let words = [
            accelerator.names.count > 1 ? accelerator.names.joined(separator: " ") : nil,
            accelerator.vendor, accelerator.model, memory, accelerator.uuid,
            accelerator.pci.map { "PCI \($0.busID), link \(TopologyReport.link($0))" },
        ]
        let rail = accelerator.rail.map { rails[$0] }
        let box = DeviceBox(
            area: plan.accelerators[index], name: Self.short(accelerator.title, accelerator.pci),
            lines: lines,
            strip: rail?.name ?? "no NIC", colour: rail?.colour ?? Self.down, isRound: true,
            isUsable: true)
        return SVGElement.group("accelerator", box.elements)
            .titled(([name] + words.compactMap(\.self)).joined(separator: " · "))
    }

    func nic(_ index: Int) -> SVGElement {
        let nic = topology.nics[index]
        let interfaces = nic.ports.compactMap(\.interface).filter { $0 != nic.title }
        let rate = nic.rateBitsPerSecond.map(DecimalRate.bits)
        let facts = nic.isUsable ? [rate] + interfaces : ["down"] + interfaces
        let lines = [
            facts.compactMap(\.self).joined(separator: " "),
            nic.pci.map { Self.short($0.busID) } ?? "",
        ]
        let ports = nic.ports.map { port in
            let words = [
                port.number.map { "port \($0)" }, port.interface, port.state?.rawValue,
                port.rateBitsPerSecond.map(DecimalRate.bits),
            ]
            return words.compactMap(\.self).joined(separator: " ")
        }
        let words = [nic.vendor, nic.model] + ports.map { $0.isEmpty ? nil : $0 }
        let link = nic.pci.map { "PCI \($0.busID), link \(TopologyReport.link($0))" }
        let rail = nic.rail.map { rails[$0] }
        let name = report.nicTitles[index] + (nic.isUsable ? "" : " (down)")
        let box = DeviceBox(
            area: plan.nics[index], name: Self.short(nic.title, nic.pci), lines: lines,
            strip: rail?.name ?? "no rail",
            colour: nic.isUsable ? rail?.colour ?? Self.down : Self.down, isRound: false,
            isUsable: nic.isUsable)
        return SVGElement.group("nic", box.elements)
            .titled(([name] + (words + [link]).compactMap(\.self)).joined(separator: " · "))
    }
}

/// A device: its name, two lines of facts, and its rail along the bottom.
struct DeviceBox {
    var area: Rectangle
    var name: String
    var lines: [String]
    var strip: String
    var colour: Colour
    /// Accelerators are, NICs are not.
    var isRound: Bool
    var isUsable: Bool

    private static let stripHeight = 17.0

    var elements: [SVGElement] {
        let room = area.width - 12
        let ink: Colour = isUsable ? .black : "#767676"
        var elements: [SVGElement] = [
            .rectangle(
                area, cornerRadius: radius, .filled(isRound ? .white : colour.lightened(0.86))),
            bottom,
            .rectangle(
                area, cornerRadius: radius,
                .stroked(colour, width: 1.6, dashes: isUsable ? [] : [4, 3])),
            .text(
                TextWidth.fitted(name, into: room, size: 12.5, isBold: true),
                at: Point(x: area.left + 7, y: area.top + 16),
                TextStyle(size: 12.5, isBold: true, colour: ink)),
        ]
        let told = lines.filter { !$0.isEmpty && $0 != name }
        for (index, line) in told.enumerated() {
            let place = Point(x: area.left + 7, y: area.top + 30 + 13 * Double(index))
            elements.append(
                .text(
                    TextWidth.fitted(line, into: room, size: 10.5), at: place,
                    TextStyle(size: 10.5, colour: isUsable ? .grey : "#767676")))
        }
        elements.append(
            SVGElement.group(
                isRound ? "use" : "rail",
                [
                    .text(
                        TextWidth.fitted(strip, into: room, size: 11, isBold: true),
                        at: Point(x: area.center.x, y: area.bottom - 5),
                        TextStyle(
                            size: 11, isBold: true, colour: colour.ink, anchor: .middle))
                ]
            ).titled(strip))
        return elements
    }

    private var radius: Double { isRound ? 9 : 2 }

    /// Its lower corners are those of the box.
    private var bottom: SVGElement {
        let top = area.bottom - Self.stripHeight
        // A quarter of a circle, as nearly as a cubic curve can be one.
        let bend = radius * 0.448
        var path = SVGPath()
        path.move(to: Point(x: area.left, y: top))
        path.line(to: Point(x: area.right, y: top))
        path.line(to: Point(x: area.right, y: area.bottom - radius))
        path.curve(
            Point(x: area.right, y: area.bottom - bend),
            Point(x: area.right - bend, y: area.bottom),
            to: Point(x: area.right - radius, y: area.bottom))
        path.line(to: Point(x: area.left + radius, y: area.bottom))
        path.curve(
            Point(x: area.left + bend, y: area.bottom),
            Point(x: area.left, y: area.bottom - bend),
            to: Point(x: area.left, y: area.bottom - radius))
        path.close()
        return .path(path, .filled(colour))
    }
}
