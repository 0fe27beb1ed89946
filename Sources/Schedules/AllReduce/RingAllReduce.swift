/// All-reduce around a ring, with the fewest bytes that any algorithm can send.
///
/// The buffer is divided into one chunk per rank. While reducing, chunk `c` starts at position `c`
/// and travels once around, each rank adding its input, so the rank before `c` completes it; then
/// the complete chunks travel around once more.
///
/// Steps: `2 (n - 1)`. Bytes sent by each rank: `2 (n - 1) / n` of the buffer, which is the least
/// possible (Patarasuk and Yuan: Bandwidth optimal all-reduce algorithms for clusters of
/// workstations, 2009). Element order: the inputs in the order of the ring from the chunk's start.
enum RingAllReduce {
    static func draft(at seat: Seat) -> Draft {
        var draft = Draft(chunkCount: seat.count)
        let (sends, complete) = reduceScatter(at: seat, into: &draft)
        var ready = complete
        for step in 0..<seat.count - 1 {
            let leaving = chunk(seat.position + 1 - step, of: seat)
            draft.send(leaving, to: seat.next, from: .output, after: [.prefix(of: ready)])
            // The chunk that arrives left at this step of the first round: not before that.
            ready = draft.receive(
                chunk(seat.position - step, of: seat), from: seat.previous,
                after: [.prefix(of: sends[step])])
        }
        return draft
    }

    /// The first round. Returns the send of each step and the reduction that completes a chunk.
    private static func reduceScatter(
        at seat: Seat, into draft: inout Draft
    ) -> (sends: [Int], complete: Int) {
        var sends: [Int] = []
        var reduced = 0
        for step in 0..<seat.count - 1 {
            let leaving = chunk(seat.position - step, of: seat)
            let arriving = chunk(seat.position - step - 1, of: seat)
            sends.append(
                step == 0
                    ? draft.send(leaving, to: seat.next, from: .input)
                    : draft.send(
                        leaving, to: seat.next, from: .output, after: [.prefix(of: reduced)]))
            let borrowed = draft.borrow(arriving, from: seat.previous)
            reduced = draft.reduce(
                arriving, [.lent(step: borrowed), .local(.input)], isFinal: step == seat.count - 2)
        }
        return (sends, reduced)
    }

    private static func chunk(_ index: Int, of seat: Seat) -> Range<Int> {
        let wrapped = seat.wrapped(index)
        return wrapped..<wrapped + 1
    }
}
