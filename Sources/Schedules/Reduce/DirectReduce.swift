/// Reduce in a single step: everyone sends to the root, which combines in the order of the ranks.
///
/// Steps: 1. Bytes sent by each rank but the root: once the buffer; the root receives `n - 1` times
/// the buffer. Only the root's output is written. Source: the "linear" or flat reduce of MPI
/// implementations.
enum DirectReduce {
    static func draft(at seat: Seat, root: Int) -> Draft {
        var draft = Draft(chunkCount: 1)
        guard seat.rank == root else {
            draft.send(0..<1, to: root, from: .input)
            return draft
        }
        var operands: [(rank: Int, source: Source)] = [(root, .local(.input))]
        for peer in seat.others {
            operands.append((peer, .lent(step: draft.borrow(0..<1, from: peer))))
        }
        draft.reduce(0..<1, Source.inRankOrder(operands), isFinal: true)
        return draft
    }
}
