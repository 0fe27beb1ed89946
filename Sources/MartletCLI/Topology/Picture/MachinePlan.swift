import Topology

/// Where everything of a machine lies in its picture.
struct MachinePlan {
    /// A frame with what it is of.
    struct Frame<Subject> {
        var area: Rectangle
        var subject: Subject
    }

    /// Devices beside each other: accelerators in one row, NICs in another below it, and between
    /// them the lines.
    struct Band {
        /// The bottom of the accelerators' row.
        var top: Double
        /// Of the NICs' row.
        var bottom: Double
        /// Lines between bands run level here, those that leave before those that arrive; each is
        /// named by its NIC.
        var leaving: [Int]
        var arriving: [Int]

        func level(leavingTo nic: Int) -> Double {
            level(leaving.firstIndex(of: nic) ?? 0)
        }

        func level(arrivingAt nic: Int) -> Double {
            level(leaving.count + (arriving.firstIndex(of: nic) ?? 0))
        }

        private func level(_ lane: Int) -> Double {
            top + MachinePlan.labelRoom + (Double(lane) + 0.5) * MachinePlan.lane
        }
    }

    static let device = (width: 102.0, height: 68.0)
    static let gap = 8.0
    static let padding = 10.0
    static let lane = 8.0
    /// Below an accelerator, for its path's class.
    static let labelRoom = 22.0
    static let unit = 8.0
    private static let heading = 22.0
    private static let unitLimit = 128

    private(set) var blocks: [Frame<MachineGroups.Block>] = []
    private(set) var sites: [Frame<MachineGroups.Site>] = []
    private(set) var bridges: [Frame<String?>] = []
    private(set) var switches: [Rectangle] = []
    private(set) var accelerators: [Rectangle]
    private(set) var nics: [Rectangle]
    private(set) var bands: [Band] = []
    private(set) var bandOfAccelerator: [Int]
    private(set) var bandOfNIC: [Int]
    /// The NICs that accelerators of other bands use, in the order of their upright lines.
    private(set) var trunks: [Int] = []
    private(set) var bottom: Double

    let topology: HostTopology
    private let left: Double
    /// Of blocks.
    let width: Double

    init(_ topology: HostTopology, at place: Point) {
        self.topology = topology
        left = place.x
        bottom = place.y
        let empty = Rectangle(left: 0, top: 0, width: 0, height: 0)
        accelerators = topology.accelerators.map { _ in empty }
        nics = topology.nics.map { _ in empty }
        bandOfAccelerator = topology.accelerators.map { _ in 0 }
        bandOfNIC = topology.nics.map { _ in 0 }
        let groups = MachineGroups(topology)
        let rows = groups.blocks.map { $0.sites.map(Self.rows) }
        let widest = rows.joined().joined().map(Self.width).max() ?? 0
        width = max(widest + 4 * Self.padding, 620)
        bands = rows.joined().joined().map { _ in
            Band(top: 0, bottom: 0, leaving: [], arriving: [])
        }
        assignBands(Array(rows.joined().joined()))
        assignTrunks()
        var band = 0
        for (block, rows) in zip(groups.blocks, rows) { self.place(block, rows, &band) }
    }

    /// Right of everything, for lines between bands.
    func x(ofTrunk nic: Int) -> Double {
        left + width + Self.padding + Double(trunks.firstIndex(of: nic) ?? 0) * Self.lane
    }

    var right: Double {
        left + width + (trunks.isEmpty ? 0 : Self.padding + Double(trunks.count) * Self.lane)
    }

    /// How many squares of processing units stand side by side.
    static func unitsPerLine(in width: Double) -> Int { Int((width - 2 * padding) / (unit + 2)) }
}

// MARK: - Rows

extension MachinePlan {
    /// Clusters beside each other, with their host bridge.
    private typealias Row = [(root: String?, cluster: MachineGroups.Cluster)]

    private static let rowLimit = Double(MachineGroups.columnLimit) * (device.width + gap) + 80

    private static func width(_ cluster: MachineGroups.Cluster) -> Double {
        Double(cluster.columnCount) * (device.width + gap) - gap + 2 * gap
    }

    private static func width(_ row: Row) -> Double {
        var width = 0.0
        for (index, entry) in row.enumerated() {
            let isNew = index == 0 || row[index - 1].root != entry.root
            width += Self.width(entry.cluster) + (index == 0 ? 2 : isNew ? 4 : 1) * gap
        }
        return width
    }

    /// As many clusters in each as fit.
    private static func rows(_ site: MachineGroups.Site) -> [Row] {
        var rows: [Row] = []
        for bridge in site.bridges {
            for cluster in bridge.clusters {
                let last = rows.last ?? []
                if let index = rows.indices.last,
                    width(last + [(bridge.root, cluster)]) <= rowLimit
                {
                    rows[index].append((bridge.root, cluster))
                } else {
                    rows.append([(bridge.root, cluster)])
                }
            }
        }
        return rows
    }

    private mutating func assignBands(_ rows: [Row]) {
        for (band, row) in rows.enumerated() {
            for (_, cluster) in row {
                for index in cluster.accelerators { bandOfAccelerator[index] = band }
                for index in cluster.nics { bandOfNIC[index] = band }
            }
        }
    }

    private mutating func assignTrunks() {
        for (index, accelerator) in topology.accelerators.enumerated() {
            guard let nic = accelerator.bestNIC else { continue }
            let (from, to) = (bandOfAccelerator[index], bandOfNIC[nic])
            guard from != to else { continue }
            if !trunks.contains(nic) { trunks.append(nic) }
            if !bands[from].leaving.contains(nic) { bands[from].leaving.append(nic) }
            if !bands[to].arriving.contains(nic) { bands[to].arriving.append(nic) }
        }
    }
}

// MARK: - Places

extension MachinePlan {
    private mutating func place(
        _ block: MachineGroups.Block, _ rows: [[Row]], _ band: inout Int
    ) {
        let top = bottom
        let lines = block.alikePackages(in: topology).count
        bottom += max(1, Double(lines)) * 18 + Self.padding
        for (site, rows) in zip(block.sites, rows) { place(site, rows, &band) }
        bottom += 2
        let area = Rectangle(left: left, top: top, width: width, height: bottom - top)
        blocks.append(Frame(area: area, subject: block))
        bottom += 12
    }

    private mutating func place(_ site: MachineGroups.Site, _ rows: [Row], _ band: inout Int) {
        let area = Rectangle(
            left: left + Self.padding, top: bottom, width: width - 2 * Self.padding, height: 0)
        bottom += 2 + max(1, Double(site.nodes.count)) * Self.heading
        bottom += Double(Self.unitLines(of: site, topology, in: area.width)) * (Self.unit + 2)
        bottom += rows.isEmpty ? 6 : 10
        for row in rows {
            place(row, band)
            band += 1
            bottom += Self.padding
        }
        var frame = area
        frame.height = bottom - area.top
        sites.append(Frame(area: frame, subject: site))
        bottom += Self.padding
    }

    /// None where there are too many to look at.
    static func unitLines(
        of site: MachineGroups.Site, _ topology: HostTopology, in width: Double
    ) -> Int {
        guard let node = site.nodes.first, !topology.isBehindOthers(node) else { return 0 }
        let count = topology.numaNodes[node].processors.whole.count
        guard count <= unitLimit else { return 0 }
        return (count + unitsPerLine(in: width) - 1) / unitsPerLine(in: width)
    }

    private mutating func place(_ row: Row, _ index: Int) {
        let labelled = 16.0
        let top = bottom
        var band = bands[index]
        let hasAccelerators = row.contains { !$0.cluster.accelerators.isEmpty }
        let hasNICs = row.contains { !$0.cluster.nics.isEmpty }
        let first = top + labelled + Self.gap
        band.top = first + (hasAccelerators ? Self.device.height : -Self.labelRoom + Self.lane)
        let lanes = Double(band.leaving.count + band.arriving.count)
        let isJoined = hasAccelerators && hasNICs
        var room = lanes * Self.lane
        if isJoined || !band.leaving.isEmpty { room += Self.labelRoom + (hasNICs ? 20 : 4) }
        if !hasAccelerators { room += lanes > 0 ? Self.labelRoom + 4 : Self.labelRoom - Self.lane }
        band.bottom = band.top + room
        bands[index] = band
        bottom = band.bottom + (hasNICs ? Self.device.height : 0) + 2 * Self.gap
        var x = left + 2 * Self.padding
        var start = x
        for (position, (root, cluster)) in row.enumerated() {
            if position == 0 || row[position - 1].root != root {
                x += position == 0 ? 0 : 2 * Self.gap
                start = x
                x += Self.gap
            }
            let area = Rectangle(
                left: x, top: top + labelled, width: Self.width(cluster),
                height: bottom - top - labelled - Self.gap)
            if cluster.isBehindSwitch { switches.append(area) }
            place(cluster, in: area, first, band.bottom)
            x = area.right + Self.gap
            if position + 1 == row.count || row[position + 1].root != root {
                let frame = Rectangle(
                    left: start, top: top, width: x - start, height: bottom - top)
                bridges.append(Frame(area: frame, subject: root))
            }
        }
    }

    /// Evenly over the width, accelerators and NICs each.
    private mutating func place(
        _ cluster: MachineGroups.Cluster, in area: Rectangle, _ accelerators: Double, _ nics: Double
    ) {
        func box(_ position: Int, of count: Int, _ top: Double) -> Rectangle {
            let share = (area.width - Self.gap) / Double(count)
            let center = area.left + Self.gap / 2 + (Double(position) + 0.5) * share
            return Rectangle(
                left: center - Self.device.width / 2, top: top, width: Self.device.width,
                height: Self.device.height)
        }
        for (position, index) in cluster.accelerators.enumerated() {
            self.accelerators[index] = box(position, of: cluster.accelerators.count, accelerators)
        }
        for (position, index) in cluster.nics.enumerated() {
            self.nics[index] = box(position, of: cluster.nics.count, nics)
        }
    }
}
