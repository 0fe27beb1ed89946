@testable import Liveness

/// What became of the ranks.
extension SimulatedWorld {
    /// Ranks that still run.
    var survivors: [Int] { (0..<rankCount).filter { conditions[$0] == .running } }

    func failure(_ rank: Int) -> Failure? { failures[rank][Self.world] }

    /// The different culprits that the given ranks name; an empty communicator names nobody.
    func culprits(_ ranks: [Int]) -> Set<Int?> {
        Set(ranks.map { failure($0)?.cause.culprit })
    }

    func messages(_ ranks: [Int]) -> Set<String> {
        Set(ranks.map { failure($0)?.cause.message ?? "none" })
    }

    /// Whether all these ranks failed, the last of them so many seconds after `start` at most.
    func haveFailed(_ ranks: [Int], since start: UInt64, withinSeconds limit: Double) -> Bool {
        let end = start + UInt64(limit * 1e9)
        return ranks.allSatisfy { rank in
            guard let failure = failure(rank) else { return false }
            return failure.time <= end
        }
    }
}
