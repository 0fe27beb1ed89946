/// Reduce along a chain towards the root: the ring, cut before the root. Segments stream from rank
/// to rank.
///
/// Steps: `n - 1`, all but the first overlapped for long buffers. Bytes sent by each rank but the
/// root: once the buffer, which is the least possible. The output of ranks inside the chain holds
/// what passes through. Source: the pipelined chain of MPI implementations (Pješivac-Grbović et al.:
/// Performance analysis of MPI collective operations, 2007).
enum RingReduce {
    static func draft(at seat: Seat, root: Int) -> Draft {
        var draft = Draft(chunkCount: 1)
        let distance = seat.distance(from: root)
        if distance == seat.count - 1 {
            draft.send(0..<1, to: seat.previous, from: .input)
            return draft
        }
        let borrowed = draft.borrow(0..<1, from: seat.next)
        let reduced = draft.reduce(
            0..<1, [.local(.input), .lent(step: borrowed)], isFinal: distance == 0)
        if distance > 0 {
            draft.send(0..<1, to: seat.previous, from: .output, after: [.prefix(of: reduced)])
        }
        return draft
    }
}
