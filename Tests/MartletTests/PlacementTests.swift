import Bootstrap
import Testing
import Topology

@testable import Martlet

/// Which place a rank takes, on a machine with three accelerators on its second node.
@Suite struct PlacementTests {
    private func machine() throws -> HostTopology {
        try HostTopology.importing(
            path: "Tests/TopologyTests/Machines/32em64t-2n8c2t-pci-wholeio.xml")
    }

    @Test func `a local rank takes the accelerator of its number`() throws {
        let host = try machine()
        #expect(!host.accelerators.isEmpty)
        for local in host.accelerators.indices {
            let placement = Placement.ofLocalRank(local, of: nil, host, nil)
            #expect(placement.place == host.place(ofAccelerator: local))
            #expect(placement.reason.contains(host.accelerators[local].title))
        }
    }

    @Test func `visible devices say which`() throws {
        let host = try machine()
        let last = host.accelerators.count - 1
        #expect(
            Placement.ofLocalRank(0, of: 2, host, "\(last),0").place
                == host.place(ofAccelerator: last))
        #expect(
            Placement.ofLocalRank(1, of: 2, host, "\(last),0").place == host.place(ofAccelerator: 0)
        )
        #expect(
            Placement.ofLocalRank(1, of: 2, host, "\(last)").place
                == host.place(ofAccelerator: last))
    }

    @Test(arguments: ["GPU-11111111", "", "7", "0,,", "-1"])
    func `visible devices that name none leave the rank without`(visible: String) throws {
        var host = try machine()
        host.rails = []
        let placement = Placement.ofLocalRank(1, of: 2, host, visible)
        #expect(placement.place.accelerator == nil)
        #expect(placement.reason.contains("several NUMA nodes"))
    }

    @Test func `a process of one node is placed there`() throws {
        var host = try machine()
        host.processors.allowed = host.numaNodes[1].processors.whole
        let placement = Placement.ofLocalRank(nil, of: nil, host, nil)
        #expect(placement.place.numaNode == host.numaNodes[1].osIndex)
        #expect(placement.place.rails.count == host.rails.count)
    }

    @Test func `a rank without an accelerator goes by the NIC that it is dealt`() throws {
        var host = try machine()
        for index in host.rails.indices { host.rails[index].kind = .infiniBand }
        let nic = try #require(host.nic(ofLocalRank: 0, of: 1))
        let placement = Placement.ofLocalRank(0, of: 1, host, "")
        let node = try #require(host.nics[nic].numaNodes?.first)
        #expect(placement.place.numaNode == host.numaNodes[node].osIndex)
        #expect(placement.reason.contains(host.nics[nic].title))
        #expect(Placement.ofLocalRank(nil, of: nil, host, "").place.numaNode == nil)
    }

    @Test func `an accelerator that cannot be meant is named`() {
        for value in ["gpu0", "0000:ff:1f.7"] {
            do {
                _ = try Placement.find(Environment(["MARTLET_ACCELERATOR": value]))
                Issue.record("\(value) was taken")
            } catch {
                #expect(error.code == .invalidConfiguration)
                #expect(error.message.contains("MARTLET_ACCELERATOR"))
                #expect(error.message.contains(value))
            }
        }
    }
}

/// Memory that the library chooses the place of.
@Suite struct AllocationTests {
    @Test func `allocated memory has its values, and is reduced`() throws {
        let sums = try ThreadedJob.values(rankCount: 2) { world in
            let buffer = try world.allocate(repeating: Float(world.rank + 1), count: 3000)
            let pending = try world.startAllReduce(buffer, .sum)
            return try pending.wait().withSpan { span in
                span.indices.allSatisfy { span[$0] == 3 }
            }
        }
        #expect(sums == [true, true])
    }

    @Test func `memory that no machine has is an error, and the communicator goes on`() throws {
        let world = try Communicator.join(.alone)
        for (count, code) in [
            (-1, CollectiveError.Code.invalidArgument), (.max, .system), (.max / 16, .system),
        ] {
            do {
                _ = try world.allocate(repeating: 0.0, count: count)
                Issue.record("\(count) elements were allocated")
            } catch {
                #expect(error.code == code)
            }
        }
        #expect(try world.allocate(repeating: 1.0, count: 0).count == 0)
        try world.barrier()
    }
}
