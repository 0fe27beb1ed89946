import TestSupport
import Testing

@testable import Schedules

@Suite struct PatternTests {
    private func error(_ body: () throws -> Void) throws -> ScheduleError {
        try #require(throws: ScheduleError.self, performing: body)
    }

    @Test(arguments: Case.all([2, 3, 5, 8, 11, 16]))
    func `any order of ranks is proved`(_ example: Case) throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<4 {
            let order = Array(0..<example.rankCount).shuffled(using: &generator)
            for root in example.roots {
                _ = try Schedule(example.pattern(root: root, order: order)).prove()
            }
        }
    }

    @Test(arguments: Collective.allCases.filter { Algorithm.available(for: $0).contains(.tree) })
    func `any trees are proved`(_ collective: Collective) throws {
        var generator = SeededGenerator(seed: 8)
        for rankCount in [2, 3, 6, 9, 17] {
            for treeCount in 1...3 {
                let root = Int.random(in: 0..<rankCount, using: &generator)
                let trees = try (0..<treeCount).map { _ in
                    try randomTree(rankCount, root: root, using: &generator)
                }
                let pattern = try Pattern(
                    collective: collective, algorithm: .tree, rankCount: rankCount, root: root,
                    trees: trees)
                let proof = try pattern.prove()
                #expect(proof.lending == .none)
            }
        }
    }

    @Test(arguments: [2, 3, 4, 7, 16], [2, 3, 8])
    func `a ring in segments is proved`(_ rankCount: Int, _ segmentCount: Int) throws {
        let pattern = try Pattern(
            collective: .allReduce, algorithm: .ring, rankCount: rankCount,
            segmentCount: segmentCount)
        let proof = try pattern.prove()
        #expect(proof.lending == .none)
        #expect(pattern.program(of: 0).chunkCount == rankCount * segmentCount)
    }

    @Test func `only long buffers have segments, of the same size within a factor of two`() {
        func count(_ byteCount: Int, _ rankCount: Int) -> Int {
            Algorithm.ring.segmentCount(
                for: .allReduce, rankCount: rankCount, byteCount: byteCount)
        }
        #expect(count(0, 2) == 1)
        #expect(count(2 << 20, 2) == 2)
        #expect(count((2 << 20) - 1, 2) == 1)
        #expect(count(1 << 40, 2) == 1024)
        for byteCount in [300 << 10, 1 << 20, 5_000_000, 64 << 20] {
            for rankCount in 2...9 {
                let segments = count(byteCount, rankCount)
                let chunk = byteCount / rankCount / segments
                #expect(chunk < 1 << 20)
                #expect(segments == 1 || chunk >= 512 << 10)
            }
        }
        #expect(
            Algorithm.tree.segmentCount(for: .allReduce, rankCount: 2, byteCount: 1 << 30) == 1)
    }

    private func randomTree(
        _ rankCount: Int, root: Int, using generator: inout SeededGenerator
    ) throws -> Tree {
        var parents = [Int?](repeating: nil, count: rankCount)
        var grown = [root]
        for rank in (0..<rankCount).shuffled(using: &generator) where rank != root {
            parents[rank] = grown.randomElement(using: &generator)
            grown.append(rank)
        }
        return try Tree(parents: parents)
    }

    @Test func `only exchanges of whole buffers need a link to hold a segment`() throws {
        for (collective, algorithm) in Case.kinds {
            let proof = try Pattern(
                collective: collective, algorithm: algorithm, rankCount: 6
            ).prove()
            let isExchange =
                (collective == .allReduce || collective == .barrier) && algorithm == .direct
                || collective == .barrier && algorithm == .halvingDoubling
            #expect(proof.lending == (isExchange ? .segment : .none), "\(collective) \(algorithm)")
        }
    }

    @Test func `an order that is no permutation is refused`() throws {
        for (order, message) in [
            ([0, 1], "the order lists 2 of 3 ranks"),
            ([0, 1, 3], "the order lists 3, not one of 3 ranks"),
            ([0, 2, 2], "the order lists rank 2 twice"),
            ([0, 1, -1], "the order lists -1, not one of 3 ranks"),
        ] {
            let error = try error {
                _ = try Pattern(
                    collective: .allReduce, algorithm: .ring, rankCount: 3, order: order)
            }
            #expect(error.code == .invalidOrder)
            #expect(error.message == message)
        }
    }

    @Test func `an algorithm that cannot carry the collective is refused`() throws {
        let error = try error {
            _ = try Program.make(
                collective: .reduceScatter, algorithm: .tree, rank: 0, rankCount: 2)
        }
        #expect(error.code == .unavailable)
        #expect(error.message == "reduce-scatter cannot go by tree; it can by direct")
    }

    @Test func `ranks and roots out of range are refused`() throws {
        for (rank, rankCount, root, code) in [
            (2, 2, 0, ScheduleError.Code.invalidRank), (-1, 2, 0, .invalidRank),
            (0, 0, 0, .invalidRank), (0, -3, 0, .invalidRank), (0, 2, 2, .invalidRoot),
            (0, 2, -1, .invalidRoot),
        ] {
            let error = try error {
                _ = try Program.make(
                    collective: .broadcast, algorithm: .ring, rank: rank, rankCount: rankCount,
                    root: root)
            }
            #expect(error.code == code)
        }
    }

    @Test func `parents that form no tree are refused`() throws {
        let wrong: [[Int?]] = [[], [nil, nil], [1, 0], [nil, 2, 1], [nil, 5], [nil, 1]]
        for parents in wrong {
            #expect(try error { _ = try Tree(parents: parents) }.code == .invalidTree)
        }
    }

    @Test func `a tree that does not grow from the root is refused`() throws {
        let tree = try Tree(parents: [nil, 0, 0])
        let error = try error {
            _ = try Pattern(
                collective: .reduce, algorithm: .tree, rankCount: 3, root: 1, trees: [tree])
        }
        #expect(error.code == .invalidTree)
        #expect(error.message == "a tree grows from rank 0, not from root 1")
    }

    @Test func `names read back`() {
        for collective in Collective.allCases {
            #expect(Collective(name: collective.name) == collective)
        }
        for algorithm in Algorithm.allCases {
            #expect(Algorithm(name: algorithm.name) == algorithm)
        }
        #expect(Algorithm(name: "rings") == nil)
    }
}
