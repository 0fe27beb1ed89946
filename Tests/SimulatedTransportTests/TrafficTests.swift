import SimulatedTransport
import Testing
import Transport

/// How bytes travel in virtual time.
@Suite struct TrafficTests {
    /// Exchanges bytes over rough links and writes down everything that can be seen.
    private func transcript(seed: UInt64) -> [String] {
        var conditions = LinkConditions()
        conditions.windowByteCount = 61
        conditions.fragmentLimit = 4
        conditions.settlingNanoseconds = 0...9000
        conditions.partialPercent = 40
        conditions.hesitationPercent = 20
        let pair = Pair(seed: seed, conditions)
        var lines: [String] = []
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 40, alignment: 1)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 7)
        for _ in 0..<200 {
            lines.append("sent \(pair.left.send(lending: memory)) at \(pair.network.now)")
            lines.append("received \(pair.right.receive())")
            if let happening = pair.network.next() { lines.append("\(happening)") }
        }
        pair.left.close()
        pair.settleDown()
        return lines + ["\(pair.network.digest) \(pair.network.eventCount)"]
    }

    @Test(arguments: UInt64(1)...5)
    func `the same seed is the same run`(seed: UInt64) {
        #expect(transcript(seed: seed) == transcript(seed: seed))
        #expect(transcript(seed: seed) != transcript(seed: seed + 1))
    }

    @Test func `memory that changes before it settles arrives changed`() {
        var conditions = LinkConditions()
        conditions.settlingNanoseconds = 1000...2000
        let pair = Pair(seed: 1, conditions)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 1)
        #expect(pair.left.send(lending: memory) == 8)
        #expect(pair.left.unsettledByteCount == 8)
        memory.initializeMemory(as: UInt8.self, repeating: 2)
        pair.settleDown()
        #expect(pair.left.unsettledByteCount == 0)
        #expect(pair.right.receive().bytes == Array(repeating: 2, count: 8))
    }

    @Test func `a header is copied at once, also in front of what settles late`() {
        var conditions = LinkConditions()
        conditions.settlingNanoseconds = 1000...2000
        let pair = Pair(seed: 1, conditions)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 9)
        #expect(pair.left.send(lending: memory) == 4)
        #expect(pair.left.send([1, 2, 3]) == 3)
        #expect(pair.left.send(lending: memory) == 4)
        pair.settleDown()
        #expect(pair.right.receive().bytes == [9, 9, 9, 9, 1, 2, 3, 9, 9, 9, 9])
    }

    @Test func `what was given back reads as poison`() throws {
        let pair = Pair(seed: 3)
        #expect(pair.left.send(Array(1...20)) == 20)
        pair.settleDown()
        let lent = pair.right.borrow(10, 10)
        let start = try #require(lent.start)
        #expect(lent.count == 10)
        pair.right.link.operations.giveBack(pair.right.link.context, 4)
        let bytes = Array(UnsafeRawBufferPointer(start: start, count: 10))
        #expect(bytes == [0xa5, 0xa5, 0xa5, 0xa5, 5, 6, 7, 8, 9, 10])
        #expect(pair.right.lentByteCount == 6)
    }

    @Test func `bytes take their latency and their place on the line`() {
        var conditions = LinkConditions()
        conditions.latencyNanoseconds = 5000...5000
        conditions.nanosecondsPerByte = 10
        let pair = Pair(seed: 1, conditions)
        let start = pair.network.now
        #expect(pair.left.send(Array(repeating: 1, count: 100)) == 100)
        #expect(pair.left.send(Array(repeating: 2, count: 100)) == 100)
        var arrivals: [UInt64] = []
        while pair.network.next() != nil {
            if !pair.right.receive().bytes.isEmpty { arrivals.append(pair.network.now - start) }
        }
        // A rank notices up to a microsecond later.
        #expect(arrivals.count == 2)
        #expect((6000...7000).contains(arrivals.first ?? 0))
        #expect((7000...8000).contains(arrivals.last ?? 0))
    }

    @Test func `a window takes what it says, to the byte, until the receiver takes some`() {
        var conditions = LinkConditions()
        conditions.windowByteCount = 13
        let pair = Pair(seed: 1, conditions)
        #expect(pair.left.send(Array(0..<20)) == 13)
        pair.settleDown()
        #expect(pair.left.send([99]) == 0)
        #expect(pair.right.borrow(5, 5).count == 5)
        pair.settleDown()
        #expect(pair.left.send(Array(13..<20)) == 5)
        pair.settleDown()
        #expect(pair.right.receive().bytes == Array(0..<18))
    }

    @Test func `using a link after closing it is counted`() {
        let pair = Pair(seed: 1)
        pair.left.close()
        #expect(pair.network.misuseCount == 0)
        #expect(pair.left.send([1]) < 0)
        #expect(pair.left.receive().error < 0)
        #expect(pair.network.misuseCount == 2)
    }
}
