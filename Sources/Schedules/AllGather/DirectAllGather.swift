/// All-gather in a single step: everyone sends its part to everyone.
///
/// Steps: 1, of `n - 1` messages. Bytes sent by each rank: `(n - 1) / n` of the output, which is the
/// least possible. Source: the complete exchange, the "linear" all-gather of MPI implementations.
enum DirectAllGather {
    static func draft(at seat: Seat) -> Draft {
        var draft = Draft(chunkCount: seat.count)
        let own = seat.rank..<seat.rank + 1
        for peer in seat.others { draft.send(own, to: peer, from: .input) }
        for peer in seat.others.reversed() { draft.receive(peer..<peer + 1, from: peer) }
        draft.copy(own)
        return draft
    }
}
