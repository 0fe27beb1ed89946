import CLinux
import SimulatedTransport
import Testing
import Transport

/// What goes wrong in a simulated network.
@Suite struct FaultTests {
    @Test func `a death ends streams or resets them, and loses bytes under way or not`() {
        var errors: Set<Int> = []
        var counts: Set<Int> = []
        for seed in UInt64(1)...200 {
            var conditions = LinkConditions()
            conditions.fragmentLimit = 6
            let pair = Pair(seed: seed, conditions)
            #expect(pair.left.send(Array(repeating: 5, count: 90)) == 90)
            pair.network.kill(0)
            pair.settleDown()
            let (bytes, error) = pair.right.receive()
            errors.insert(error)
            counts.insert(bytes.count)
            #expect(pair.network.isQuiet)
            // Whoever sends to a dead rank learns it.
            if pair.right.send([1]) >= 0 {
                pair.settleDown()
                #expect(pair.right.send([1]) < 0)
            }
        }
        #expect(errors == [-Int(EPIPE), -Int(ECONNRESET)])
        #expect(counts.contains(90))
        #expect(counts.contains(0))
        #expect(counts.count > 2)
    }

    @Test func `a dying sender takes what the link had not read with it`() {
        var conditions = LinkConditions()
        conditions.settlingNanoseconds = 1_000_000...2_000_000
        let pair = Pair(seed: 1, conditions)
        do {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
            defer { memory.deallocate() }
            #expect(pair.left.send(lending: memory) == 8)
            pair.network.kill(0)
        }
        pair.settleDown()
        #expect(pair.right.receive().bytes == [])
        #expect(pair.right.receive().error < 0)
    }

    @Test(arguments: UInt64(1)...20)
    func `a partition is silence, and healing it loses nothing`(seed: UInt64) {
        let pair = Pair(seed: seed)
        #expect(pair.left.send([1, 2, 3]) == 3)
        pair.network.cut([0], silenceNanoseconds: 1_000_000_000)
        pair.network.alarm(rank: nil, at: pair.network.now + 500_000_000, token: 1)
        while let happening = pair.network.next(), happening != .alarm(rank: nil, token: 1) {}
        #expect(pair.right.receive() == ([], 0))
        #expect(pair.left.send([4, 5]) == 2)
        pair.left.finishSending()
        pair.network.heal()
        pair.settleDown()
        #expect(pair.right.receive() == ([1, 2, 3, 4, 5], -Int(EPIPE)))
        #expect(pair.left.receive() == ([], 0))
    }

    @Test func `silence that lasts breaks both ends`() {
        let pair = Pair(seed: 4)
        let start = pair.network.now
        pair.network.cut([1], silenceNanoseconds: 1_000_000_000)
        pair.settleDown()
        #expect(pair.left.receive() == ([], -Int(ETIMEDOUT)))
        #expect(pair.right.send([1]) == -Int(ETIMEDOUT))
        #expect(pair.network.now - start >= 1_000_000_000)
    }

    @Test func `a peer that gave up behind a partition is a reset after it`() {
        let pair = Pair(seed: 4)
        pair.network.cut([1], silenceNanoseconds: 1_000_000_000)
        pair.network.kill(1)
        #expect(pair.network.condition(of: 1) == .dead)
        pair.network.heal()
        pair.settleDown()
        #expect(pair.left.receive().error < 0)
    }

    @Test func `a stopped rank does nothing, and then all that it missed`() {
        let pair = Pair(seed: 5)
        pair.network.stop(1)
        #expect(pair.left.send([1, 2]) == 2)
        pair.network.alarm(rank: 1, at: pair.network.now + 10, token: 42)
        #expect(pair.network.next() == nil)
        pair.network.resume(1)
        var happenings: Set<SimulatedNetwork.Happening> = []
        while let happening = pair.network.next() { happenings.insert(happening) }
        #expect(happenings == [.ready(rank: 1), .alarm(rank: 1, token: 42)])
        #expect(pair.right.receive().bytes == [1, 2])
    }

    @Test func `a dead rank's alarms never ring`() {
        let pair = Pair(seed: 5)
        pair.network.alarm(rank: 0, at: pair.network.now + 10, token: 1)
        pair.network.alarm(rank: nil, at: pair.network.now + 20, token: 2)
        pair.network.kill(0)
        var tokens: [SimulatedNetwork.Happening] = []
        while let happening = pair.network.next() { tokens.append(happening) }
        #expect(tokens.contains(.alarm(rank: nil, token: 2)))
        #expect(!tokens.contains(.alarm(rank: 0, token: 1)))
    }

    @Test func `a slow rank notices late`() {
        let pair = Pair(seed: 6)
        pair.network.setReaction(of: 1, to: 3_000_000...4_000_000)
        let start = pair.network.now
        #expect(pair.left.send([1]) == 1)
        #expect(pair.network.next() == .ready(rank: 1))
        #expect(pair.network.now - start >= 3_000_000)
    }
}
