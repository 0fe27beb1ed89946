/// Broadcast along a chain: the ring, cut before the root. Segments stream from rank to rank.
///
/// Steps: `n - 1`, all but the first overlapped for long buffers. Bytes sent by each rank but the
/// last: once the buffer, which is the least possible. Source: the pipelined chain of MPI
/// implementations (Pješivac-Grbović et al.: Performance analysis of MPI collective operations,
/// 2007).
enum RingBroadcast {
    static func draft(at seat: Seat, root: Int) -> Draft {
        var draft = Draft(chunkCount: 1)
        let distance = seat.distance(from: root)
        if distance == 0 {
            draft.send(0..<1, to: seat.next, from: .input)
            draft.copy(0..<1)
            return draft
        }
        let received = draft.receive(0..<1, from: seat.previous)
        if distance < seat.count - 1 {
            draft.send(0..<1, to: seat.next, from: .output, after: [.prefix(of: received)])
        }
        return draft
    }
}
