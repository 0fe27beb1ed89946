import Platform
import SharedMemoryTransport
import SimulatedTransport
import TCPTransport
import Testing
import Transport

/// A transport that has to pass the suite: how to make two ends of a link between ranks 0 and 1.
struct Fabric: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable (UInt64) throws -> LinkPair

    var testDescription: String { name }

    /// Every transport, one line each; the seed varies what the transport leaves to chance.
    static let all = [
        Fabric(name: "tcp", make: { _ in try .overTCP() }),
        Fabric(name: "shm", make: { _ in try .overMemory() }),
        Fabric(name: "shm, small rings", make: { _ in try .overMemory(ringByteCount: 64 << 10) }),
        Fabric(name: "simulated", make: { .simulated(seed: $0, LinkConditions()) }),
        Fabric(name: "simulated, rough", make: { .simulated(seed: $0, .rough(seed: $0)) }),
    ]
}

/// Both ends of one link, and how to let time pass between them.
final class LinkPair {
    let left: any LinkOwner
    let right: any LinkOwner
    /// False where nothing happened, nor will unless an end does something.
    private let pass: () -> Bool

    init(_ left: any LinkOwner, _ right: any LinkOwner, pass: @escaping () -> Bool) {
        self.left = left
        self.right = right
        self.pass = pass
    }

    deinit {
        left.close()
        right.close()
    }

    /// Lets time pass until the condition holds. Fails after a minute, or when nothing
    /// happens any more, whatever the condition tries.
    func wait(until condition: () throws -> Bool) throws {
        let deadline = Deadline(secondsFromNow: 60)
        var quietCount = 0
        while try !condition() {
            quietCount = pass() ? 0 : quietCount + 1
            if quietCount > 100_000 || deadline.hasPassed { throw Stuck() }
        }
    }

    struct Stuck: Error {}
}

extension LinkPair {
    static func overTCP() throws -> LinkPair {
        let sockets = try SocketPair()
        return LinkPair(
            try TCPLink(socket: try sockets.takeAccepted(), timeoutSeconds: 1),
            try TCPLink(socket: try sockets.takeConnected(), timeoutSeconds: 1),
            pass: {
                yieldProcessor()
                return true
            })
    }

    static func overMemory(ringByteCount: Int = 512 << 10) throws -> LinkPair {
        var settings = HandoverSettings()
        settings.ringByteCount = ringByteCount
        let ends = try HandoverPair(settings, settings).outcomes()
        return LinkPair(
            try #require(ends.left.link), try #require(ends.right.link),
            pass: {
                yieldProcessor()
                return true
            })
    }

    static func simulated(seed: UInt64, _ conditions: LinkConditions) -> LinkPair {
        let network = SimulatedNetwork(seed: seed, rankCount: 2)
        let (left, right) = network.connect(0, 1, forth: conditions, back: conditions)
        return LinkPair(left, right, pass: { network.next() != nil })
    }
}

extension LinkConditions {
    /// Small odd windows, late reads of the sender's memory, pieces of any size.
    static func rough(seed: UInt64) -> LinkConditions {
        var random = SeededRandom(seed: ~seed)
        var conditions = LinkConditions()
        conditions.windowByteCount = random.draw(1...700)
        conditions.fragmentLimit = random.draw(1...5)
        conditions.settlingNanoseconds = 0...100_000
        conditions.partialPercent = random.draw(0...60)
        conditions.hesitationPercent = random.draw(0...30)
        conditions.lendingByteCount = random.draw(64...300)
        return conditions
    }
}
