import Platform
import TestSupport
import Testing
import Topology

/// Machines drawn from a seed, whose paths and choices must be what their design says.
@Suite struct ManyMachinesTests {
    /// Where a device was put.
    private struct Place {
        var bus: Int
        var node: Int
        /// Of the whole machine; of a device on a port of its own, nobody else's.
        var bridge: Int
        var fabric: Int

        func path(to other: Place) -> PathClass {
            if fabric == other.fabric { return .pix }
            if bridge == other.bridge { return .phb }
            return node == other.node ? .node : .sys
        }
    }

    private struct NICDesign {
        var place: Place
        var isRDMA: Bool
        var isUp: Bool
    }

    /// Up to four NUMA nodes with up to three host bridges each, whose devices are behind a switch or
    /// on ports of their own.
    private struct Design {
        var accelerators: [Place] = []
        var nics: [NICDesign] = []
        private(set) var nodes: [String] = []
        private var bus = 0
        private var bridge = 0
        private var fabric = 0

        init(using generator: inout SeededGenerator) {
            for node in 0..<Int.random(in: 1...4, using: &generator) {
                let bridges = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    hostBridge(node, using: &generator)
                }
                nodes.append(bridges.joined())
            }
        }

        private mutating func next() -> Int {
            bus += 1
            return bus
        }

        private mutating func hostBridge(
            _ node: Int, using generator: inout SeededGenerator
        ) -> String {
            bridge += 1
            let isSwitched = Bool.random(using: &generator)
            fabric += 1
            let (root, upstream) = (next(), next())
            var ports = ""
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let (port, place) = nextPlace(node, isSwitched)
                accelerators.append(place)
                ports += SyntheticMachine.port(port, SyntheticMachine.accelerator(place.bus))
            }
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let isRDMA = Int.random(in: 0..<4, using: &generator) > 0
                let isUp = Int.random(in: 0..<4, using: &generator) > 0 || !isRDMA
                let (port, place) = nextPlace(node, isSwitched)
                nics.append(NICDesign(place: place, isRDMA: isRDMA, isUp: isUp))
                ports += SyntheticMachine.port(
                    port,
                    isRDMA
                        ? SyntheticMachine.hostChannelAdapter(
                            place.bus, "mlx5_\(place.bus)", isUp: isUp)
                        : SyntheticMachine.nic(place.bus, "eth\(place.bus)"))
            }
            return SyntheticMachine.hostBridge(
                isSwitched
                    ? SyntheticMachine.port(root, SyntheticMachine.port(upstream, ports)) : ports)
        }

        /// The bus of a port, and the device behind it.
        private mutating func nextPlace(_ node: Int, _ isSwitched: Bool) -> (Int, Place) {
            if !isSwitched { fabric += 1 }
            let port = next()
            return (port, Place(bus: next(), node: node, bridge: bridge, fabric: fabric))
        }
    }

    /// Distances that differ, so that "the nearest other node" means something.
    private static func distances(
        _ count: Int, using generator: inout SeededGenerator
    ) -> [[Int]] {
        var rows = (0..<count).map { row in (0..<count).map { $0 == row ? 10 : 0 } }
        for row in 0..<count {
            for column in 0..<row {
                let value = Int.random(in: 11...40, using: &generator)
                rows[row][column] = value
                rows[column][row] = value
            }
        }
        return rows
    }

    private static func xml(_ distances: [[Int]]) -> String {
        let numbers = distances.indices.map { "\($0) " }.joined()
        let values = distances.flatMap { $0 }.map { "\($0) " }.joined()
        return """
            <distances2 type="NUMANode" nbobjs="\(distances.count)" kind="5" name="NUMALatency" \
            indexing="os"><indexes length="\(numbers.utf8.count)">\(numbers)</indexes>
            <u64values length="\(values.utf8.count)">\(values)</u64values></distances2>

            """
    }

    /// The design told again by hand: lower is better.
    private static func cost(_ from: Place, _ nic: NICDesign, _ distances: [[Int]]) -> [Int] {
        let path = from.path(to: nic.place)
        let isFar = path == .sys
        return [
            path.rawValue, isFar ? distances[from.node][nic.place.node] : 0, nic.isRDMA ? 0 : 1,
        ]
    }

    @Test(arguments: 0..<150)
    func `every accelerator has the nearest NIC that is up, shared fairly`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let design = Design(using: &generator)
        let distances = Self.distances(design.nodes.count, using: &generator)
        var machine = SyntheticMachine(nodes: design.nodes)
        if design.nodes.count > 1 { machine.distances = Self.xml(distances) }
        let topology = try machine.topology()
        #expect(topology.accelerators.map { $0.pci?.busID.bus } == design.accelerators.map(\.bus))
        #expect(topology.nics.map { $0.pci?.busID.bus } == design.nics.map(\.place.bus))
        for pair in topology.affinity {
            let expected = design.accelerators[pair.accelerator]
                .path(to: design.nics[pair.nic].place)
            #expect(pair.path == expected, "\(pair)")
        }
        // Accelerators with the same NICs to choose from share them equally.
        var served: [[Int]: [Int: Int]] = [:]
        for (index, place) in design.accelerators.enumerated() {
            let costs = design.nics.indices.filter { design.nics[$0].isUp }.map {
                (nic: $0, cost: Self.cost(place, design.nics[$0], distances))
            }
            let least = costs.map(\.cost).min { $0.lexicographicallyPrecedes($1) }
            let best = costs.filter { $0.cost == least }.map(\.nic)
            guard let chosen = topology.accelerators[index].bestNIC else {
                #expect(best.isEmpty)
                continue
            }
            #expect(best.contains(chosen), "accelerator \(index) has \(chosen), of \(best)")
            served[best, default: [:]][chosen, default: 0] += 1
        }
        // Where a NIC belongs to one set of choices only; elsewhere others weigh in.
        let members = served.keys.flatMap { $0 }
        for (best, counts) in served
        where best.allSatisfy({ nic in members.count { $0 == nic } == 1 }) {
            let all = best.map { counts[$0] ?? 0 }
            #expect((all.max() ?? 0) - (all.min() ?? 0) <= 1, "\(best): \(all)")
        }
    }

    @Test func `kinds of memory are told apart`() throws {
        let names = [
            ("DRAM", NUMANode.Kind.dram), ("HBM", .hbm), ("MCDRAM", .hbm), ("NVM", .nvm),
            ("CXL-DRAM", .cxl), ("SPM", .specialPurpose), ("GPUMemory", .accelerator),
        ]
        let plain = SyntheticMachine(nodes: names.map { _ in "" }).xml
        var text = plain
        for (index, (name, _)) in names.enumerated() {
            let node = "<object type=\"NUMANode\" os_index=\"\(index)\""
            #expect(text.contains(node))
            text = text.replacing(node, with: "\(node) subtype=\"\(name)\"")
        }
        let told = try HostTopology.importing(xml: Array(text.utf8), path: "kinds.xml")
        #expect(told.numaNodes.map(\.kind) == names.map { $0.1 })
        #expect(!told.unknown.contains { $0.path.hasSuffix(".kind") })
        let untold = try HostTopology.importing(xml: Array(plain.utf8), path: "plain.xml")
        #expect(untold.numaNodes.allSatisfy { $0.kind == nil })
        #expect(untold.unknown.count { $0.path.hasSuffix(".kind") } == names.count)
    }
}
