import Testing

@testable import Liveness

/// Operations that do not end in time, and ranks that leave, in simulated worlds.
@Suite struct SimulatedDeadlineTests {
    static let rankCounts = SimulatedFailureTests.rankCounts

    /// The given ranks' deadlines pass, each a little later than the other.
    private func expire(_ world: inout SimulatedWorld, _ ranks: [Int], _ sequence: UInt64) {
        for rank in ranks {
            let delay = Double.random(in: 0...0.05, using: &world.random)
            world.script(afterSeconds: delay) { $0.inquest(rank, sequence) }
        }
    }

    private func expectVerdict(
        _ world: SimulatedWorld, _ ranks: [Int], culprit: Int?, since start: UInt64,
        mentions text: String, _ comment: Comment
    ) {
        #expect(world.culprits(ranks) == [culprit], comment)
        let codes = Set(ranks.map { world.failure($0)?.cause.code })
        #expect(codes == [.timedOut], comment)
        // Fifty milliseconds is how far the deadlines lie apart here.
        let inTime = world.haveFailed(ranks, since: start, withinSeconds: 1.05)
        #expect(inTime, comment)
        let messages = world.messages(ranks)
        #expect(messages.count == 1, comment)
        let hasText = messages.first?.contains(text) ?? false
        #expect(hasText, "\(comment): \(messages)")
    }

    @Test(arguments: rankCounts)
    func `a stopped rank is found, with what it entered last`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            let victim = Int.random(in: 0..<rankCount, using: &world.random)
            for rank in 0..<rankCount { world.enter(rank, 4) }
            world.run(seconds: 0.6)
            world.stop(victim)
            // Ranks that need the victim stay in #4; the others get to #5 and wait for them.
            let others = (0..<rankCount).filter { $0 != victim }
            var waiting: [Int: UInt64] = [:]
            for rank in others {
                waiting[rank] = Bool.random(using: &world.random) ? 4 : 5
                if waiting[rank] == 5 { world.enter(rank, 5) }
            }
            world.run(seconds: 1)
            let start = world.now
            for rank in others { expire(&world, [rank], waiting[rank] ?? 4) }
            world.run(seconds: 3)
            expectVerdict(
                world, others, culprit: victim, since: start, mentions: "operation #4",
                "\(rankCount) ranks, seed \(seed), victim \(victim)")
        }
    }

    @Test(arguments: rankCounts)
    func `a late rank is found, although others wait behind it`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            let late = Int.random(in: 0..<rankCount, using: &world.random)
            for rank in 0..<rankCount {
                world.enter(rank, 7)
                world.complete(rank, 7)
                if rank != late { world.enter(rank, 8) }
            }
            // One that waits for the late one in an earlier operation is behind, not to blame.
            if rankCount > 2 {
                let victim = (late + 1) % rankCount
                world.act(victim) { state, now in
                    state.update(
                        communicator: SimulatedWorld.world,
                        OperationState(entered: 7, completed: 6), now: now)
                }
            }
            world.run(seconds: 1)
            let start = world.now
            let others = (0..<rankCount).filter { $0 != late }
            let behind = rankCount > 2 ? (late + 1) % rankCount : -1
            expire(&world, others.filter { $0 != behind }, 8)
            world.run(seconds: 3)
            expectVerdict(
                world, others, culprit: late, since: start, mentions: "operation #7",
                "\(rankCount) ranks, seed \(seed), late \(late)")
        }
    }

    @Test(arguments: rankCounts)
    func `nobody is blamed where all are in the operation and answer`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            for rank in 0..<rankCount { world.enter(rank, 3) }
            world.run(seconds: 1)
            let start = world.now
            let everyone = Array(0..<rankCount)
            expire(&world, everyone, 3)
            world.run(seconds: 3)
            expectVerdict(
                world, everyone, culprit: nil, since: start, mentions: "all ranks entered",
                "\(rankCount) ranks, seed \(seed)")
        }
    }

    @Test func `headers seen on data links say more than the last heartbeat`() {
        var world = SimulatedWorld(rankCount: 16, seed: 5)
        world.run(seconds: 0.6)
        for rank in 0..<16 { world.enter(rank, 9) }
        // Before any heartbeat could tell that rank 11 entered #9 too.
        world.stop(11)
        world.run(seconds: 1)
        let seen = HeardHeader(rank: 11, sequence: 9, header: HeaderWords(9, 0, 0, 0))
        for rank in 0..<16 { world.inquest(rank, 9, heard: rank == 3 ? [seen] : []) }
        world.run(seconds: 3)
        let message = world.failure(0)?.cause.message ?? "none"
        #expect(world.culprits(world.survivors) == [11])
        #expect(message.contains("the last operation seen of it is operation #9"), "\(message)")
    }

    @Test(arguments: [[0, 1], [0, 1, 2], Array(0..<12)])
    func `every one of many deadlines that pass together gets its verdict`(members: [Int]) {
        // Ranks that are no members relay.
        var world = SimulatedWorld(rankCount: 12, seed: 11)
        let communicators = UInt64(100)..<200
        let late = members.count - 1
        for rank in members {
            world.act(rank) { state, now in
                for communicator in communicators {
                    state.register(communicator: communicator, members: members, now: now)
                }
            }
        }
        world.run(seconds: 0.6)
        for rank in members where rank != late {
            for communicator in communicators { world.enter(rank, 1, communicator) }
        }
        for rank in members.prefix(2) where rank != late {
            world.act(rank) { state, now in
                for communicator in communicators {
                    state.inquest(communicator: communicator, sequence: 1, heard: [], now: now)
                }
            }
        }
        world.run(seconds: 3)
        for rank in members {
            let named = communicators.filter { communicator in
                world.failures[rank][communicator]?.cause.culprit == late
            }
            #expect(named.count == communicators.count, "rank \(rank)")
        }
    }

    @Test func `a slow answer saves a rank from blame`() {
        // Answers come after the window, and in time for the verdict.
        var world = SimulatedWorld(
            rankCount: 4, seed: 9, delays: 130_000_000...140_000_000)
        for rank in 0..<4 { world.enter(rank, 2) }
        world.run(seconds: 1)
        for rank in 0..<4 { world.inquest(rank, 2) }
        world.run(seconds: 3)
        #expect(world.culprits([0, 1, 2, 3]) == [nil])
    }

    @Test(arguments: rankCounts)
    func `a goodbye fails only the operation that needs who left`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            let leaver = Int.random(in: 0..<rankCount, using: &world.random)
            for rank in 0..<rankCount {
                world.enter(rank, 1)
                // Some are still busy with #1 when the leaver is done with it.
                if rank == leaver || Bool.random(using: &world.random) { world.complete(rank, 1) }
            }
            world.act(leaver) { state, now in state.leave(now: now) }
            world.die(leaver)
            world.run(seconds: 2)
            let others = (0..<rankCount).filter { $0 != leaver }
            let comment: Comment = "\(rankCount) ranks, seed \(seed), leaver \(leaver)"
            for rank in others {
                #expect(world.failures[rank].isEmpty, comment)
                #expect(world.limits[rank] == [SimulatedWorld.world: 1], comment)
            }
            let start = world.now
            guard let eager = others.randomElement(using: &world.random) else { continue }
            world.complete(eager, 1)
            world.enter(eager, 2)
            world.run(seconds: 2)
            #expect(world.culprits(others) == [leaver], comment)
            #expect(world.failure(eager)?.cause.code == .peerLeft, comment)
            let inTime = world.haveFailed(others, since: start, withinSeconds: 1)
            #expect(inTime, comment)
        }
    }

    @Test(arguments: rankCounts)
    func `the two sides of a mismatch end with one cause`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(
                rankCount: rankCount, seed: seed, delays: 20_000...2_000_000)
            let pair = (0..<rankCount).shuffled(using: &world.random).prefix(2)
            for rank in pair {
                let other = pair.first { $0 != rank }
                let delay = Double.random(in: 0...0.01, using: &world.random)
                world.script(afterSeconds: delay) { world in
                    world.act(rank) { state, now in
                        let cause = AbortCause(
                            code: .mismatch, culprit: other, message: "seen by \(rank)")
                        state.abort(communicator: SimulatedWorld.world, cause, now: now)
                    }
                }
            }
            world.run(seconds: 1)
            let messages = world.messages(Array(0..<rankCount))
            #expect(messages.count == 1, "\(rankCount) ranks, seed \(seed): \(messages)")
        }
    }

    @Test func `what happened before the registration is told with it`() {
        var world = SimulatedWorld(rankCount: 9, seed: 1)
        world.act(0) { state, now in
            state.register(communicator: 5, members: [0, 1], now: now)
            state.abort(
                communicator: 5, AbortCause(code: .aborted, culprit: 1, message: "enough"),
                now: now)
        }
        world.run(seconds: 1)
        #expect(world.failures[0][5]?.cause.culprit == 1)
        world.act(1) { state, now in
            state.register(communicator: 5, members: [0, 1], now: now)
        }
        #expect(world.failures[1][5]?.cause.message == "enough")
        #expect(world.failures[1][5]?.cause.origin == 0)

        world.act(4) { state, now in
            state.register(communicator: 6, members: [4, 3], now: now)
            state.unregister(communicator: 6, now: now)
        }
        world.run(seconds: 1)
        world.act(3) { state, now in
            state.register(communicator: 6, members: [4, 3], now: now)
        }
        #expect(world.limits[3][6] == 0 && world.failures[3][6] == nil)
        world.enter(3, 1, 6)
        world.run(seconds: 1)
        #expect(world.failures[3][6]?.cause.code == .peerLeft)
        #expect(world.failures[3][6]?.cause.culprit == 0)

        world.die(8)
        world.run(seconds: 1)
        world.act(2) { state, now in
            state.register(communicator: 7, members: [2, 8], now: now)
        }
        #expect(world.failures[2][7]?.cause.code == .peerLost)
        #expect(world.failures[2][7]?.cause.culprit == 1)
    }

    @Test func `nobody listens any more where a process ended`() {
        var states = (0..<3).map {
            LivenessState(rank: $0, worldSize: 3, configuration: LivenessConfiguration())
        }
        // Rank 2 ended before it connected to anybody; the others are connected.
        states[0].linkUp(1, now: 1)
        states[0].register(communicator: 5, members: [0, 1, 2], now: 1)
        states[0].refused(2, now: 1)
        let told = states[0].actions.contains { if case .send = $0 { true } else { false } }
        #expect(told)
        states[0].actions = []
        states[0].tick(now: 100_000_000)
        #expect(states[0].actions.isEmpty)
        states[0].tick(now: 300_000_000)
        let causes = states[0].actions.compactMap { action in
            if case .fail(5, let cause) = action { cause } else { nil }
        }
        #expect(causes.map(\.culprit) == [2])
        // A sign of life, or its connection, means more.
        for isAnswer in [true, false] {
            var state = LivenessState(
                rank: 0, worldSize: 3, configuration: LivenessConfiguration())
            state.linkUp(1, now: 1)
            state.register(communicator: 5, members: [0, 1, 2], now: 1)
            state.refused(2, now: 1)
            if isAnswer {
                let answer = LivenessMessage(.answer(.init(rank: 2, count: 1)))
                state.received(answer, from: 1, now: 50_000_000)
            } else {
                state.linkUp(2, now: 50_000_000)
            }
            state.actions = []
            state.tick(now: 900_000_000)
            #expect(!state.actions.contains { if case .fail = $0 { true } else { false } })
        }
    }

    @Test func `a stopped neighbour is called silent and is no failure`() {
        var world = SimulatedWorld(rankCount: 4, seed: 3)
        world.stop(2)
        world.run(seconds: 20)
        for rank in [0, 1, 3] {
            #expect(world.notes[rank] == [.silent(2)])
            #expect(world.failures[rank].isEmpty)
            #expect(world.states[rank].silentRanks == [2])
        }
    }
}

extension LivenessState {
    /// The neighbours that have been silent for longer than the limit.
    fileprivate var silentRanks: [Int] {
        neighbours.filter { $0.isSilent && $0.link == .up }.map(\.rank)
    }
}
