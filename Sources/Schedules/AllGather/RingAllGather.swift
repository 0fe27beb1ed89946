/// All-gather around a ring: each rank passes on what it received in the step before.
///
/// Steps: `n - 1`. Bytes sent by each rank: `(n - 1) / n` of the output, which is the least
/// possible, and only ever to one neighbour. Source: the ring all-gather (Thakur, Rabenseifner and
/// Gropp: Optimization of collective communication operations in MPICH, 2005).
enum RingAllGather {
    static func draft(at seat: Seat) -> Draft {
        var draft = Draft(chunkCount: seat.count)
        var ready: Int?
        for step in 0..<seat.count - 1 {
            let leaving = seat.order[seat.wrapped(seat.position - step)]
            let arriving = seat.order[seat.wrapped(seat.position - step - 1)]
            draft.send(
                leaving..<leaving + 1, to: seat.next, from: ready == nil ? .input : .output,
                after: ready.map { [.prefix(of: $0)] } ?? [])
            ready = draft.receive(arriving..<arriving + 1, from: seat.previous)
        }
        draft.copy(seat.rank..<seat.rank + 1)
        return draft
    }
}
