import Glibc
import Testing

@testable import Schedules

/// One kind of schedule: what the prover is shown.
struct Case: Sendable, CustomTestStringConvertible {
    var collective: Collective
    var algorithm: Algorithm
    var rankCount: Int

    var testDescription: String { "\(collective.name) by \(algorithm.name), \(rankCount) ranks" }

    static let kinds: [(Collective, Algorithm)] = Collective.allCases.flatMap { collective in
        Algorithm.available(for: collective).map { (collective, $0) }
    }

    static func all(_ rankCounts: some Sequence<Int>) -> [Case] {
        rankCounts.flatMap { count in
            kinds.map { Case(collective: $0.0, algorithm: $0.1, rankCount: count) }
        }
    }

    /// The roots worth trying: both ends and the middle.
    var roots: [Int] {
        collective.isRooted ? Set([0, rankCount / 2, rankCount - 1]).sorted() : [0]
    }

    func pattern(root: Int = 0, order: [Int]? = nil) throws -> Pattern {
        try Pattern(
            collective: collective, algorithm: algorithm, rankCount: rankCount, root: root,
            order: order)
    }
}

@Suite struct ProofTests {
    @Test(arguments: Case.all(1...17))
    func `every schedule is proved`(_ example: Case) throws {
        for root in 0..<(example.collective.isRooted ? example.rankCount : 1) {
            _ = try Schedule(example.pattern(root: root)).prove()
        }
    }

    @Test(arguments: Case.all([31, 32, 33, 64, 100]))
    func `schedules of many ranks are proved`(_ example: Case) throws {
        for root in example.roots { _ = try example.pattern(root: root).prove() }
    }

    @Test(arguments: Case.all([255, 256, 1000, 1024]).filter(\.isAffordable))
    func `a sample of schedules of very many ranks is proved`(_ example: Case) throws {
        for root in example.roots { _ = try example.pattern(root: root).prove() }
    }

    @Test func `a long ring is proved`() throws {
        let example = Case(collective: .allReduce, algorithm: .ring, rankCount: 256)
        let proof = try example.pattern().prove()
        #expect(proof.criticalStepCount == 510)
        #expect(proof.messageCount == 130_560)
        #expect(proof.lending == .none)
    }

    /// Set `MARTLET_TEST_FULL` to prove the schedules of millions of steps too: some minutes.
    @Test(
        .enabled(if: unsafe getenv("MARTLET_TEST_FULL") != nil),
        arguments: Case.all([255, 256, 1000, 1024]).filter { !$0.isAffordable })
    func `every schedule of very many ranks is proved`(_ example: Case) throws {
        _ = try example.pattern().prove()
    }
}

extension Case {
    /// Whether the messages of all ranks are few enough for every run of the tests.
    var isAffordable: Bool {
        Profile(
            collective: collective, algorithm: algorithm, rankCount: rankCount, byteCount: 1
        ).messageCount <= 25_000
    }
}
