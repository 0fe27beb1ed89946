import Testing

@testable import Liveness

/// Thousands of seeded runs of whole worlds. A failing seed is named; the same seed fails again.
@Suite struct SimulatedFailureTests {
    static let rankCounts = [2, 3, 4, 5, 8, 9, 16, 23, 64]

    /// What a program does when its communicator failed: it closes its data links, which others see
    /// as broken links, and it may exit without a goodbye.
    static let closesAndExits: @Sendable (inout SimulatedWorld, Int, UInt64) -> Void = {
        world, rank, _ in
        for _ in 0..<min(3, world.rankCount - 1) {
            let other = Int.random(in: 0..<world.rankCount, using: &world.random)
            let delay = Double.random(in: 0...0.02, using: &world.random)
            world.script(afterSeconds: delay) { world in
                if other != rank { world.suspect(other, rank) }
            }
        }
        guard Bool.random(using: &world.random) else { return }
        let delay = Double.random(in: 0...0.05, using: &world.random)
        world.queue.add(.die(rank), at: world.now + UInt64(delay * 1e9))
    }

    /// Ranks that were alive when the first failure began, whatever they did afterwards.
    private func expectOneCulprit(
        _ world: SimulatedWorld, _ survivors: [Int], _ culprit: Int, since start: UInt64,
        within limit: Double, _ comment: Comment
    ) {
        #expect(world.culprits(survivors) == [culprit], comment)
        let inTime = world.haveFailed(survivors, since: start, withinSeconds: limit)
        #expect(inTime, comment)
    }

    @Test(arguments: rankCounts)
    func `a death has the same culprit everywhere, within a second`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            world.isOneHost = seed % 2 == 0
            world.onFailure = Self.closesAndExits
            let victim = Int.random(in: 0..<rankCount, using: &world.random)
            for rank in 0..<rankCount { world.enter(rank, 1) }
            world.run(seconds: Double.random(in: 0...0.6, using: &world.random))
            let start = world.now
            world.die(victim)
            for rank in 0..<rankCount where rank != victim && seed % 3 == 0 {
                let delay = Double.random(in: 0...0.05, using: &world.random)
                world.script(afterSeconds: delay) { $0.suspect(rank, victim) }
            }
            world.run(seconds: 3)
            let survivors = (0..<rankCount).filter { $0 != victim }
            expectOneCulprit(
                world, survivors, victim, since: start, within: 1,
                "\(rankCount) ranks, seed \(seed)")
            let codes = Set(survivors.map { world.failure($0)?.cause.code })
            #expect(codes == [.peerLost], "\(rankCount) ranks, seed \(seed)")
        }
    }

    @Test(arguments: rankCounts)
    func `nothing is accused where nothing fails`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            for sequence in UInt64(1)...4 {
                for rank in 0..<rankCount {
                    let delay = Double.random(in: 0...0.5, using: &world.random)
                    world.script(afterSeconds: delay) { $0.enter(rank, sequence) }
                    world.script(afterSeconds: 0.6 + delay) { $0.complete(rank, sequence) }
                }
                world.run(seconds: 1.2)
            }
            // Each leaves at its own time, and exits right behind its goodbye.
            for rank in 0..<rankCount {
                let delay = Double.random(in: 0...1, using: &world.random)
                world.script(afterSeconds: delay) { world in
                    world.act(rank) { state, now in state.leave(now: now) }
                    world.die(rank)
                }
            }
            world.run(seconds: 3)
            for rank in 0..<rankCount {
                #expect(world.failures[rank].isEmpty, "\(rankCount) ranks, seed \(seed)")
                let lost = world.notes[rank].contains { if case .lost = $0 { true } else { false } }
                #expect(!lost, "\(rankCount) ranks, seed \(seed), rank \(rank)")
            }
        }
    }

    @Test(arguments: rankCounts)
    func `an abort is told before its teller's end`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            world.isOneHost = seed % 2 == 0
            world.onFailure = Self.closesAndExits
            let origin = Int.random(in: 0..<rankCount, using: &world.random)
            let culprit = Int.random(in: 0..<rankCount, using: &world.random)
            world.run(seconds: 0.3)
            let start = world.now
            world.act(origin) { state, now in
                state.abort(
                    communicator: SimulatedWorld.world,
                    AbortCause(code: .mismatch, culprit: culprit, message: "counts differ"),
                    now: now)
            }
            world.die(origin)
            world.run(seconds: 3)
            let everyone = (0..<rankCount).filter { $0 != origin }
            expectOneCulprit(
                world, everyone, culprit, since: start, within: 1,
                "\(rankCount) ranks, seed \(seed)")
            #expect(world.messages(everyone) == ["counts differ"])
        }
    }

    @Test(arguments: rankCounts.filter { $0 >= 4 })
    func `several deaths leave nobody without a cause`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            world.isOneHost = seed % 2 == 0
            let count = Int.random(in: 2...min(5, rankCount - 2), using: &world.random)
            let victims = Set((0..<rankCount).shuffled(using: &world.random).prefix(count))
            let start = world.now
            for victim in victims {
                let delay = UInt64.random(in: 0...50_000_000, using: &world.random)
                world.queue.add(.die(victim), at: world.now + delay)
            }
            world.run(seconds: 3)
            let survivors = world.survivors
            let culprits = world.culprits(survivors).map { $0 ?? -1 }
            #expect(victims.isSuperset(of: culprits), "\(rankCount) ranks, seed \(seed)")
            let inTime = world.haveFailed(survivors, since: start, withinSeconds: 1)
            #expect(
                inTime,
                "\(rankCount) ranks, seed \(seed)")
        }
    }

    @Test(arguments: rankCounts)
    func `a lost host is named alike by all others`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            world.isOneHost = false
            let first = Int.random(in: 0..<rankCount, using: &world.random)
            let count = Int.random(in: 1...max(1, rankCount / 3), using: &world.random)
            let host = Set((0..<count).map { (first + $0) % rankCount })
            let start = world.now
            world.cut { host.contains($0) }
            world.run(seconds: 8)
            let survivors = (0..<rankCount).filter { !host.contains($0) }
            let comment: Comment = "\(rankCount) ranks, seed \(seed), host \(host.sorted())"
            #expect(world.culprits(survivors) == [host.min()], comment)
            // Silence, the jitter of the kernels' timers, the window, the flood.
            let limit = 5 + 0.25 + 0.5 + 0.25
            let inTime = world.haveFailed(survivors, since: start, withinSeconds: limit)
            #expect(inTime, comment)
            // The host's own ranks name one of the others.
            for culprit in world.culprits(Array(host)) {
                #expect(survivors.contains(culprit ?? -1), comment)
            }
        }
    }

    @Test(arguments: rankCounts)
    func `each side of a partition names the other`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            world.isOneHost = false
            var here: Set<Int> = [0]
            for rank in 1..<rankCount where Bool.random(using: &world.random) { here.insert(rank) }
            if here.count == rankCount { here.remove(rankCount - 1) }
            let side = here
            world.cut { side.contains($0) }
            world.run(seconds: 8)
            for rank in 0..<rankCount {
                let culprit = world.failure(rank)?.cause.culprit
                let comment: Comment = "\(rankCount) ranks, seed \(seed), rank \(rank)"
                #expect(culprit != nil, comment)
                let isHere = side.contains(rank)
                #expect(side.contains(culprit ?? rank) != isHere, comment)
            }
        }
    }

    @Test(arguments: rankCounts.filter { $0 > 2 })
    func `a reset connection between living ranks fails nobody`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            world.isOneHost = false
            let left = Int.random(in: 0..<rankCount, using: &world.random)
            let neighbours = world.states[left].neighbourRanks
            let right = neighbours[Int(world.random.next() % UInt64(neighbours.count))]
            world.run(seconds: 0.3)
            world.reset(left, right)
            world.run(seconds: 3)
            for rank in 0..<rankCount {
                #expect(world.failures[rank].isEmpty, "\(rankCount) ranks, seed \(seed)")
            }
            // The graph still works: a death is still seen.
            let start = world.now
            world.die(left)
            world.run(seconds: 2)
            let survivors = (0..<rankCount).filter { $0 != left }
            expectOneCulprit(
                world, survivors, left, since: start, within: 1,
                "\(rankCount) ranks, seed \(seed)")
        }
    }

    @Test(arguments: rankCounts.filter { $0 > 2 })
    func `a broken data link has one culprit, at its end`(rankCount: Int) {
        for seed in Seeds.range(rankCount: rankCount) {
            var world = SimulatedWorld(rankCount: rankCount, seed: seed)
            world.onFailure = Self.closesAndExits
            let pair = Array((0..<rankCount).shuffled(using: &world.random).prefix(2))
            let (left, right) = (pair[0], pair[1])
            let start = world.now
            world.suspect(left, right)
            if seed % 2 == 0 {
                let delay = Double.random(in: 0...0.05, using: &world.random)
                world.script(afterSeconds: delay) { $0.suspect(right, left) }
            }
            world.run(seconds: 3)
            let everyone = Array(0..<rankCount)
            let culprits = world.culprits(everyone)
            let comment: Comment = "\(rankCount) ranks, seed \(seed), \(left) and \(right)"
            #expect(culprits == [left] || culprits == [right], comment)
            let inTime = world.haveFailed(everyone, since: start, withinSeconds: 1)
            #expect(inTime, comment)
        }
    }
}
