import Testing

@testable import Schedules

@Suite struct FactsTests {
    /// What the programs of all ranks really do.
    private func measured(_ schedule: Schedule, byteCount: Int) throws -> Profile {
        var profile = Profile()
        profile.stepCount = try schedule.prove().criticalStepCount
        for program in schedule.programs {
            let sent = program.sentElementCount(in: byteCount)
            let received = program.receivedElementCount(in: byteCount)
            let reduced = program.reducedElementCount(in: byteCount)
            profile.messageCount += program.sentMessageCount
            profile.busiestMessageCount = max(
                profile.busiestMessageCount, program.sentMessageCount, program.receivedMessageCount)
            profile.sentByteCount += sent
            profile.busiestByteCount = max(profile.busiestByteCount, sent, received)
            profile.reducedByteCount += reduced
            profile.busiestReducedByteCount = max(profile.busiestReducedByteCount, reduced)
        }
        return profile
    }

    @Test(arguments: Case.all(Array(1...17) + [24, 31, 32, 33]))
    func `steps, messages and bytes are those of the formulas`(_ example: Case) throws {
        let n = example.rankCount
        let power = 1 << (Int.bitWidth - 1 - n.leadingZeroBitCount)
        let byteCount = example.collective == .barrier ? 1 : 2 * n * power
        let schedule = try Schedule(example.pattern())
        var formula = Profile(
            collective: example.collective, algorithm: example.algorithm, rankCount: n,
            byteCount: byteCount)
        formula.fillByteCount = 0
        #expect(try measured(schedule, byteCount: byteCount) == formula)
    }

    @Test(arguments: [2, 3, 8, 12, 16])
    func `a ring sends the least bytes possible from every rank`(rankCount: Int) throws {
        let example = Case(collective: .allReduce, algorithm: .ring, rankCount: rankCount)
        for program in try Schedule(example.pattern()).programs {
            #expect(program.sentElementCount(in: rankCount * 10) == 2 * (rankCount - 1) * 10)
            #expect(program.sentMessageCount == 2 * (rankCount - 1))
        }
    }

    @Test(arguments: 1...40)
    func `no rank has children in both trees of a pair`(rankCount: Int) {
        let trees = Tree.pair(over: Array(0..<rankCount))
        for rank in 0..<rankCount {
            #expect(trees.count { !$0.children(of: rank).isEmpty } <= 1)
            #expect(trees.allSatisfy { $0.children(of: rank).count <= 2 })
        }
        let depth = Int.bitWidth - 1 - rankCount.leadingZeroBitCount
        #expect(trees.allSatisfy { $0.depth == depth })
    }

    @Test func `peers are the ranks that a program talks to`() throws {
        let ring = try Program.make(
            collective: .allReduce, algorithm: .ring, rank: 0, rankCount: 5)
        #expect(ring.peers == [1, 4])
        let leaf = try Program.make(
            collective: .reduce, algorithm: .direct, rank: 3, rankCount: 5, root: 2)
        #expect(leaf.peers == [2])
        #expect(!leaf.writesOutput)
        let inner = try Program.make(
            collective: .reduce, algorithm: .ring, rank: 3, rankCount: 5, root: 2)
        #expect(inner.writesOutput)
    }

    @Test(arguments: [0, 1, 5, 1000])
    func `odd counts are sent and received in full`(elementCount: Int) throws {
        let schedule = try Schedule(
            Pattern(collective: .allReduce, algorithm: .ring, rankCount: 7))
        let sent = schedule.programs.map { $0.sentElementCount(in: elementCount) }.reduce(0, +)
        #expect(sent == 2 * 6 * elementCount)
    }
}
