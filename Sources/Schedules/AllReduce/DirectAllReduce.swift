/// All-reduce in a single step: everyone sends its whole input to everyone.
///
/// Each rank combines all inputs itself, in the order of the ranks, so all end with the same bits.
/// The lowest latency there is, for buffers small enough that bytes do not matter.
///
/// Steps: 1. Bytes sent by each rank: `n - 1` times the buffer. Source: the complete exchange, the
/// "linear" all-reduce of MPI implementations.
enum DirectAllReduce {
    static func draft(at seat: Seat) -> Draft {
        var draft = Draft(chunkCount: 1)
        let sends = seat.others.map { draft.send(0..<1, to: $0, from: .input) }
        var operands: [(rank: Int, source: Source)] = [(seat.rank, .local(.input))]
        for peer in seat.others {
            operands.append((peer, .lent(step: draft.borrow(0..<1, from: peer))))
        }
        // In place the output is what is being sent.
        draft.reduce(
            0..<1, Source.inRankOrder(operands), isFinal: true,
            after: sends.map { .prefix(of: $0) })
        return draft
    }
}

extension Source {
    /// The operands by ascending rank, which fixes the order of reduction on every rank.
    static func inRankOrder(_ operands: [(rank: Int, source: Source)]) -> [Source] {
        operands.sorted { $0.rank < $1.rank }.map(\.source)
    }
}
