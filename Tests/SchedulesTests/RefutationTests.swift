import Testing

@testable import Schedules

/// Schedules broken on purpose, each in one way, and the step that the prover must name.
@Suite struct RefutationTests {
    private func schedule(
        _ collective: Collective = .allReduce, _ algorithm: Algorithm = .ring, ranks: Int = 4
    ) throws -> Schedule {
        try Schedule(
            Pattern(collective: collective, algorithm: algorithm, rankCount: ranks))
    }

    private func refutation(of schedule: Schedule) throws -> Refutation {
        try #require(throws: Refutation.self) { try schedule.prove() }
    }

    /// The steps of a rank of the four-rank ring all-reduce: per reducing step a send, a borrow and
    /// a reduction; then per gathering step a send and a receive.
    private enum Ring {
        static let secondSend = 3
        static let lastReduction = 8
        static let firstGatheringSend = 9
        static let firstReceive = 10
    }

    @Test func `a lost send is named`() throws {
        var broken = try schedule()
        broken.programs[2].remove(Ring.firstGatheringSend)
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .unmatched)
        // The receiver misses what the lost step carried: chunk 3 from rank 2.
        #expect(refutation.rank == 3)
        #expect(refutation.step == Ring.firstReceive)
    }

    @Test func `a lost receive is named by the send that nobody takes`() throws {
        var broken = try schedule()
        let last = broken.programs[1].steps.count - 1
        broken.programs[1].remove(last)
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .unmatched)
        #expect(refutation.rank == 0)
        #expect(refutation.step == last - 1)
    }

    @Test func `a lost reduction is named by what was borrowed for it`() throws {
        var broken = try schedule()
        broken.programs[3].remove(Ring.lastReduction)
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .lending)
        #expect(refutation.rank == 3)
        #expect(refutation.step == Ring.lastReduction - 1)
    }

    @Test func `a doubled contribution is named`() throws {
        var broken = try schedule()
        broken.programs[1].steps[5].action = .reduce(
            sources: [.lent(step: 4), .local(.input), .local(.input)], isFinal: false)
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .contribution)
        #expect(refutation.rank == 1)
        #expect(refutation.step == 5)
    }

    @Test func `a contribution left out is named where the result is completed`() throws {
        var broken = try schedule(.allReduce, .direct, ranks: 3)
        let last = broken.programs[1].steps.count - 1
        broken.programs[1].steps[last].action = .reduce(
            sources: [.lent(step: 3), .lent(step: 2)], isFinal: true)
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .contribution)
        #expect(refutation.rank == 1)
        #expect(refutation.step == last)
        #expect(refutation.message.contains("ranks [1]"))
    }

    @Test func `a cycle of waits is named step by step`() throws {
        var broken = try schedule(.allGather, .direct, ranks: 2)
        // Each rank sends only after it has received.
        for rank in 0..<2 {
            broken.programs[rank].steps = [
                Step(.receive(from: 1 - rank), chunks: 1 - rank..<2 - rank),
                Step(
                    .send(to: 1 - rank, from: .input), chunks: rank..<rank + 1,
                    after: [.whole(0)]),
                Step(
                    .reduce(sources: [.local(.input)], isFinal: false), chunks: rank..<rank + 1),
            ]
        }
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .cycle)
        #expect(
            Set(refutation.cycle) == [
                StepReference(rank: 0, step: 0), StepReference(rank: 1, step: 0),
            ])
    }

    @Test func `a cycle that closes only from segment to segment is named`() throws {
        var broken = try schedule(.allReduce, .direct, ranks: 2)
        for rank in 0..<2 { broken.programs[rank].steps[2].dependencies = [.whole(0)] }
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .cycle)
        #expect(refutation.cycle.contains(StepReference(rank: 0, step: 2)))
        #expect(refutation.cycle.contains(StepReference(rank: 1, step: 2)))
    }

    @Test func `lanes that cross are refused`() throws {
        // Rank 1 sends chunk 1 up before it sends chunk 0 down; rank 0 expects them reversed.
        var broken = try schedule(.allReduce, .tree, ranks: 2)
        broken.programs[0] = Program(
            collective: .allReduce, algorithm: .tree, rank: 0, rankCount: 2, chunkCount: 2,
            steps: [
                Step(.send(to: 1, from: .input), chunks: 0..<1),
                Step(.receive(from: 1), chunks: 0..<1, after: [.prefix(of: 0)]),
                Step(.borrow(from: 1), chunks: 1..<2),
                Step(
                    .reduce(sources: [.local(.input), .lent(step: 2)], isFinal: true),
                    chunks: 1..<2),
                Step(.send(to: 1, from: .output), chunks: 1..<2, after: [.prefix(of: 3)]),
            ])
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .unmatched)
        #expect(refutation.rank == 0)
        #expect(refutation.step == 1)
    }

    @Test func `an early overwrite is named`() throws {
        var broken = try schedule()
        broken.programs[0].steps[Ring.firstReceive].dependencies = []
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .overwrite)
        #expect(refutation.rank == 0)
        #expect(refutation.step == Ring.firstReceive)
    }

    @Test func `a read before the write is named`() throws {
        var broken = try schedule()
        broken.programs[0].steps[Ring.secondSend].dependencies = []
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .unwritten)
        #expect(refutation.rank == 0)
        #expect(refutation.step == Ring.secondSend)
    }

    @Test func `a read after the release is named`() throws {
        var broken = try schedule()
        broken.programs[1].steps.append(
            Step(
                .reduce(sources: [.lent(step: 1), .local(.output)], isFinal: false),
                chunks: broken.programs[1].steps[1].chunks))
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .lending)
        #expect(refutation.rank == 1)
        #expect(refutation.step == broken.programs[1].steps.count - 1)
    }

    @Test func `a missing final is named`() throws {
        var broken = try schedule()
        broken.programs[3].steps[Ring.lastReduction].action = .reduce(
            sources: [.lent(step: 7), .local(.input)], isFinal: false)
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .finality)
        #expect(refutation.rank == 3)
        #expect(refutation.step == Ring.lastReduction)
    }

    @Test func `ranks that reduce in different orders are named`() throws {
        var broken = try schedule(.allReduce, .direct, ranks: 2)
        broken.programs[1].steps[2].action = .reduce(
            sources: [.local(.input), .lent(step: 1)], isFinal: true)
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .association)
        #expect(refutation.rank == 1)
        #expect(refutation.step == 2)
    }

    @Test func `a write outside a rank's own part is named`() throws {
        var broken = try schedule(.reduceScatter, .direct, ranks: 2)
        broken.programs[0].steps.append(
            Step(.reduce(sources: [.local(.input)], isFinal: false), chunks: 1..<2))
        let refutation = try refutation(of: broken)
        #expect(refutation.fault == .overwrite)
        #expect(refutation.rank == 0)
        #expect(refutation.step == 3)
    }

    @Test func `messages say what waits for what`() throws {
        var broken = try schedule()
        broken.programs[0].steps[Ring.firstReceive].dependencies = []
        let refutation = try refutation(of: broken)
        #expect(
            refutation.description
                == "rank 0 step 10: overwrites chunks 0..<1 without waiting for step 0,"
                + " which may still read it, in place")
    }
}
