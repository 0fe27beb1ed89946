/// Reduce-scatter by pairwise exchange: everyone sends each rank the part that it reduces.
///
/// Each rank combines the inputs of its own part in the order of the ranks, and writes nothing
/// else, so the call may be in place.
///
/// Steps: 1, of `n - 1` messages. Bytes sent by each rank: `(n - 1) / n` of the buffer, which is
/// the least possible. Source: the pairwise exchange of MPI implementations (Thakur, Rabenseifner
/// and Gropp: Optimization of collective communication operations in MPICH, 2005).
enum DirectReduceScatter {
    static func draft(at seat: Seat) -> Draft {
        var draft = Draft(chunkCount: seat.count)
        for peer in seat.others {
            draft.send(peer..<peer + 1, to: peer, from: .input)
        }
        let own = seat.rank..<seat.rank + 1
        var operands: [(rank: Int, source: Source)] = [(seat.rank, .local(.input))]
        for peer in seat.others.reversed() {
            operands.append((peer, .lent(step: draft.borrow(own, from: peer))))
        }
        draft.reduce(own, Source.inRankOrder(operands), isFinal: true)
        return draft
    }
}
