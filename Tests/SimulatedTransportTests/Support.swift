import SimulatedTransport
import Transport

/// Two ranks and the link between them.
struct Pair {
    let network: SimulatedNetwork
    let left: SimulatedLink
    let right: SimulatedLink

    init(seed: UInt64, _ conditions: LinkConditions = LinkConditions()) {
        network = SimulatedNetwork(seed: seed, rankCount: 2)
        (left, right) = network.connect(0, 1, forth: conditions, back: conditions)
    }

    /// Lets everything happen that will.
    func settleDown() {
        while network.next() != nil {}
    }
}

extension SimulatedLink {
    /// Sends bytes that the link copies at once.
    func send(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes {
            link.operations.send(link.context, $0.baseAddress, $0.count, nil, 0)
        }
    }

    /// Sends memory that the link may read later.
    func send(lending memory: UnsafeMutableRawBufferPointer) -> Int {
        link.operations.send(
            link.context, nil, 0, UnsafeRawPointer(memory.baseAddress), memory.count)
    }

    /// Everything that is there, or nil and the error.
    func receive() -> (bytes: [UInt8], error: Int) {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256)
        while true {
            let count = chunk.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { link.operations.receive(link.context, $0, 256) } ?? 0
            }
            guard count > 0 else { return (all, count) }
            all += chunk.prefix(count)
        }
    }

    func borrow(_ minimum: Int, _ maximum: Int) -> (start: UnsafeRawPointer?, count: Int) {
        var start: UnsafeRawPointer?
        let count = link.operations.borrow(link.context, minimum, maximum, &start)
        return (start, count)
    }
}
