internal import Platform

/// Which ranks share processors. A rank that is bound to a core of its own shares with nobody, however
/// few cores it sees.
extension [Member] {
    /// How many of some ranks a rank shares processors with, itself included, and how many
    /// processors these ranks have together.
    package func sharers(
        of rank: Int, among ranks: [Int]
    ) -> (rankCount: Int, processorCount: Int) {
        let own = self[rank]
        let sharers = ranks.filter {
            $0 == rank
                || self[$0].host.isSameHost(as: own.host)
                    && self[$0].processors.intersects(own.processors)
        }
        return (sharers.count, processorCount(of: sharers))
    }

    /// How many processors some ranks of one host may use together; at least one.
    package func processorCount(of ranks: [Int]) -> Int {
        let all = ranks.reduce(ProcessorSet(words: [])) { $0.union(self[$1].processors) }
        return Swift.max(1, all.count)
    }
}
