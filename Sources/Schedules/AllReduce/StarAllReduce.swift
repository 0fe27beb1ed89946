/// All-reduce through one rank: everyone sends it the whole input, and it sends everyone the result.
///
/// The fewest messages there are, in two steps: what counts where ranks share cores, for there the
/// processor time of all messages together is what everyone waits for. Large buffers stream through
/// the center, which has to move `n - 1` times as much as anybody else.
///
/// Steps: 2. Bytes sent by each rank: once the buffer; by the center `n - 1` times. The center
/// combines all inputs in the order of the ranks, as the direct exchange does. Source: the "basic
/// linear" all-reduce of MPI implementations.
enum StarAllReduce {
    /// The first rank of the order is the center.
    static func draft(at seat: Seat) -> Draft {
        var draft = Draft(chunkCount: 1)
        if seat.position == 0 {
            collect(at: seat, into: &draft)
        } else {
            let handedOver = draft.send(0..<1, to: seat.order[0], from: .input)
            // In place the memory it arrives in may still be on its way.
            draft.receive(0..<1, from: seat.order[0], after: [.prefix(of: handedOver)])
        }
        return draft
    }

    private static func collect(at seat: Seat, into draft: inout Draft) {
        var operands: [(rank: Int, source: Source)] = [(seat.rank, .local(.input))]
        for peer in seat.others {
            operands.append((peer, .lent(step: draft.borrow(0..<1, from: peer))))
        }
        let reduced = draft.reduce(0..<1, Source.inRankOrder(operands), isFinal: true)
        for peer in seat.others {
            draft.send(0..<1, to: peer, from: .output, after: [.prefix(of: reduced)])
        }
    }
}
