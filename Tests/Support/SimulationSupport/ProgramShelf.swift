import Collectives
import Schedules

/// The programs of a run's ranks, and whose input each of their results depends on.
final class ProgramShelf {
    struct Key: Hashable {
        var collective: Collective
        var algorithm: Algorithm
        var root: Int
    }

    private struct OriginsKey: Hashable {
        var key: Key
        /// Elements of the extent, where some chunks are empty.
        var elementCount: Int
    }

    private let rankCount: Int
    private let order: [Int]
    private var programs: [Key: [Program]] = [:]
    /// Bit `p` of entry `r`: the result of rank `r` depends on rank `p`.
    private var origins: [OriginsKey: [UInt64]] = [:]

    init(rankCount: Int, order: [Int]) {
        precondition(rankCount <= 64, "one bit for each rank")
        self.rankCount = rankCount
        self.order = order
    }

    func program(_ key: Key, of rank: Int) throws -> Program {
        try all(key)[rank]
    }

    private func all(_ key: Key) throws -> [Program] {
        if let known = programs[key] { return known }
        let pattern = try Pattern(
            collective: key.collective, algorithm: key.algorithm, rankCount: rankCount,
            root: key.root, order: order)
        let made = (0..<rankCount).map { pattern.program(of: $0) }
        programs[key] = made
        return made
    }

    /// The ranks that a rank's result depends on: those whose bytes flow to it, over however many
    /// others, and those whose headers it waits for. Empty chunks flow nowhere.
    func origins(_ key: Key, of rank: Int, elementCount: Int) throws -> [Int] {
        let chunkCount = try all(key)[0].chunkCount
        let originsKey = OriginsKey(key: key, elementCount: min(elementCount, chunkCount))
        let bits = try origins[originsKey] ?? Self.origins(all(key), originsKey.elementCount)
        origins[originsKey] = bits
        return (0..<rankCount).filter { $0 != rank && bits[rank] >> UInt64($0) & 1 == 1 }
    }

    private static func origins(_ programs: [Program], _ elementCount: Int) -> [UInt64] {
        // Headers are waited for also where nothing follows them.
        var all = programs.map { givers($0) { _ in true } }
        for chunk in 0..<programs[0].chunkCount
        where !programs[0].elements(of: chunk..<chunk + 1, in: elementCount).isEmpty {
            // Elements mix with those of their own chunk only. The closure goes by Warshall.
            var origins = programs.map { givers($0) { $0.chunks.contains(chunk) } }
            for middle in origins.indices {
                for rank in origins.indices where origins[rank] >> UInt64(middle) & 1 == 1 {
                    origins[rank] |= origins[middle]
                }
            }
            for rank in all.indices { all[rank] |= origins[rank] }
        }
        return all
    }

    /// Those that a rank receives from in certain steps, a bit each.
    private static func givers(_ program: Program, where isMeant: (Step) -> Bool) -> UInt64 {
        program.steps.reduce(0) { bits, step in
            switch step.action {
            case .receive(let peer), .borrow(let peer):
                isMeant(step) ? bits | 1 << UInt64(peer) : bits
            case .send, .reduce: bits
            }
        }
    }
}
