/// Broadcast in a single step: the root sends to everyone.
///
/// Steps: 1. Bytes sent by the root: `n - 1` times the buffer; by others none. Source: the "linear"
/// or flat broadcast of MPI implementations.
enum DirectBroadcast {
    static func draft(at seat: Seat, root: Int) -> Draft {
        var draft = Draft(chunkCount: 1)
        guard seat.rank == root else {
            draft.receive(0..<1, from: root)
            return draft
        }
        for peer in seat.others { draft.send(0..<1, to: peer, from: .input) }
        draft.copy(0..<1)
        return draft
    }
}
