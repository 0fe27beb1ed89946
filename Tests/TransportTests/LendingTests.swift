import SimulatedTransport
import Testing
import Transport

/// What every transport promises about the memory it lends.
@Suite struct LendingTests {
    /// Sends so many bytes of the pattern.
    private func send(_ count: Int, through pair: LinkPair) throws {
        let link = pair.left.link
        var sent = 0
        try pair.wait {
            let accepted = link.send(header: Pattern.bytes(sent..<count))
            #expect(accepted >= 0)
            sent += accepted
            return sent == count
        }
    }

    /// A window that takes all of a test's bytes.
    private func roomy(_ fabric: Fabric, _ seed: UInt64) throws -> LinkPair {
        guard fabric.name == "simulated, rough" else { return try fabric.make(seed) }
        var conditions = LinkConditions.rough(seed: seed)
        conditions.windowByteCount = 4001
        return .simulated(seed: seed, conditions)
    }

    @Test(arguments: Fabric.all, UInt64(1)...6)
    func `a borrow takes no more off the connection than its maximum`(
        over fabric: Fabric, seed: UInt64
    ) throws {
        let pair = try roomy(fabric, seed)
        let link = pair.right.link
        try send(100, through: pair)
        try pair.wait { link.borrow(minimum: 30, maximum: 41).count >= 30 }
        let lent = link.borrow(minimum: 30, maximum: 41)
        #expect(lent.count <= 41)
        #expect(lent.bytes == Pattern.bytes(0..<lent.count))
        link.giveBack(lent.count)
        // What follows goes straight to its place.
        var received: [UInt8] = []
        try pair.wait {
            received += link.receive(atMost: 100).bytes
            return received.count == 100 - lent.count
        }
        #expect(received == Pattern.bytes(lent.count..<100))
    }

    @Test(arguments: Fabric.all, UInt64(1)...6)
    func `a borrow looks for more only when less than the minimum is lent`(
        over fabric: Fabric, seed: UInt64
    ) throws {
        let pair = try roomy(fabric, seed)
        let link = pair.right.link
        try send(60, through: pair)
        try pair.wait { link.borrow(minimum: 10, maximum: 20).count >= 10 }
        let lent = link.borrow(minimum: 1, maximum: 20).count
        for _ in 0..<5 { #expect(link.borrow(minimum: lent, maximum: 60).count == lent) }
        try pair.wait { link.borrow(minimum: lent + 1, maximum: 60).count > lent }
    }

    @Test(arguments: Fabric.all, UInt64(1)...6)
    func `what is asked for as one piece is lent as one piece`(
        over fabric: Fabric, seed: UInt64
    ) throws {
        let pair = try roomy(fabric, seed)
        let (left, right) = (pair.left.link, pair.right.link)
        let all = Pattern.bytes(0..<64)
        var sent = 0
        // A header and its payload, in as many calls as the link wants.
        try all.withUnsafeBytes { bytes in
            try pair.wait {
                let headerLeft = max(0, 32 - sent)
                let start = try #require(bytes.baseAddress)
                let accepted = left.operations.send(
                    left.context, start + sent, headerLeft, start + max(sent, 32),
                    64 - max(sent, 32))
                sent += accepted
                return sent == 64
            }
            try pair.wait { right.borrow(minimum: 64, maximum: 64).count == 64 }
        }
        #expect(right.borrow(minimum: 64, maximum: 64).bytes == all)
    }

    @Test(arguments: Fabric.all, UInt64(1)...6)
    func `lending goes on at any offset`(over fabric: Fabric, seed: UInt64) throws {
        let pair = try roomy(fabric, seed)
        let link = pair.right.link
        try send(1000, through: pair)
        var position = 0
        var size = 1
        while position + size <= 1000 {
            try pair.wait { link.borrow(minimum: size, maximum: 64).count >= size }
            let bytes = link.borrow(minimum: size, maximum: 64).bytes
            #expect(bytes == Pattern.bytes(position..<position + bytes.count))
            link.giveBack(size)
            position += size
            size = size % 61 + 2
        }
    }

    @Test(arguments: Fabric.all)
    func `as much as the link says can be lent at once`(over fabric: Fabric) throws {
        let pair = try roomy(fabric, 5)
        let link = pair.right.link
        let count = link.lendingByteCount
        var random = SeededRandom(seed: 5)
        let sender = PatternSender(pair.left.link, byteCount: count)
        try pair.wait {
            _ = sender.step(&random)
            return link.borrow(minimum: count, maximum: count).count == count
        }
        let lent = link.borrow(minimum: count, maximum: count)
        #expect(lent.bytes == Pattern.bytes(0..<count))
    }

    @Test(arguments: Fabric.all)
    func `receiving takes what is lent first`(over fabric: Fabric) throws {
        let pair = try roomy(fabric, 9)
        let link = pair.right.link
        try send(50, through: pair)
        try pair.wait { link.borrow(minimum: 20, maximum: 20).count == 20 }
        link.giveBack(3)
        var received: [UInt8] = []
        try pair.wait {
            received += link.receive(atMost: 7).bytes
            return received.count >= 47
        }
        #expect(received == Pattern.bytes(3..<50))
    }
}
