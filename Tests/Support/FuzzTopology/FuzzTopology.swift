import Topology

// What libFuzzer calls for every input. Whatever the bytes are, reading them ends in a topology or in
// a TopologyError; anything else stops the process, and libFuzzer keeps the input.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let topology = try? HostTopology.importing(xml: bytes, path: "input") else { return 0 }
    check(topology)
    return 0
}

/// What must hold of every machine that was accepted.
private func check(_ topology: HostTopology) {
    precondition(topology.processors.allowed.isSubset(of: topology.processors.whole))
    precondition(!topology.processors.whole.isEmpty && !topology.numaNodes.isEmpty)
    precondition(
        topology.affinity.count == topology.accelerators.count * topology.nics.count)
    for accelerator in topology.accelerators {
        guard let best = accelerator.bestNIC else { continue }
        precondition(topology.nics[best].rail == accelerator.rail)
    }
    for node in topology.numaNodes {
        precondition(node.distances.map { $0.count == topology.numaNodes.count } ?? true)
    }
}
