/// All-reduce around a ring, with the fewest bytes that any algorithm can send.
///
/// Each segment of the buffer is divided into one chunk per rank. While reducing, chunk `c` starts
/// at position `c` and travels once around, each rank adding its input, so the rank before `c`
/// completes it; then the complete chunks travel around once more. A segment begins one step behind
/// the one before it, so that what a rank passes on is what it has just written, and still in its
/// cache.
///
/// Steps: `2 (n - 1)`, and one for each further segment, which the others overlap. Bytes sent by
/// each rank: `2 (n - 1) / n` of the buffer, which is the least possible (Patarasuk and Yuan:
/// Bandwidth optimal all-reduce algorithms for clusters of workstations, 2009; in segments, Open
/// MPI's segmented ring). Element order: the inputs in the order of the ring from the chunk's start.
struct RingAllReduce {
    private let seat: Seat
    private var draft: Draft
    private var segments: [Segment]

    /// How far a segment came.
    private struct Segment {
        /// The first of its chunks.
        let start: Int
        /// The sends of the first round.
        var sends: [Int] = []
        /// The last step that wrote a chunk.
        var ready = 0
    }

    static func draft(at seat: Seat, segmentCount: Int) -> Draft {
        var ring = RingAllReduce(seat, segmentCount)
        let stepCount = 2 * (seat.count - 1)
        for column in 0..<segmentCount + stepCount - 1 {
            for step in 0..<stepCount where (0..<segmentCount).contains(column - step) {
                ring.move(column - step, step)
            }
        }
        return ring.draft
    }

    private init(_ seat: Seat, _ segmentCount: Int) {
        self.seat = seat
        draft = Draft(chunkCount: seat.count * segmentCount)
        segments = (0..<segmentCount).map { Segment(start: $0 * seat.count) }
    }

    private mutating func move(_ segment: Int, _ step: Int) {
        if step < seat.count - 1 {
            reduceScatter(segment, step)
        } else {
            allGather(segment, step - (seat.count - 1))
        }
    }

    private mutating func reduceScatter(_ segment: Int, _ step: Int) {
        let leaving = chunk(seat.position - step, of: segment)
        let arriving = chunk(seat.position - step - 1, of: segment)
        segments[segment].sends.append(
            step == 0
                ? draft.send(leaving, to: seat.next, from: .input)
                : draft.send(
                    leaving, to: seat.next, from: .output,
                    after: [.prefix(of: segments[segment].ready)]))
        let borrowed = draft.borrow(arriving, from: seat.previous)
        segments[segment].ready = draft.reduce(
            arriving, [.lent(step: borrowed), .local(.input)], isFinal: step == seat.count - 2)
    }

    private mutating func allGather(_ segment: Int, _ step: Int) {
        draft.send(
            chunk(seat.position + 1 - step, of: segment), to: seat.next, from: .output,
            after: [.prefix(of: segments[segment].ready)])
        // The chunk that arrives left at this step of the first round: not before that.
        segments[segment].ready = draft.receive(
            chunk(seat.position - step, of: segment), from: seat.previous,
            after: [.prefix(of: segments[segment].sends[step])])
    }

    private func chunk(_ index: Int, of segment: Int) -> Range<Int> {
        let chunk = segments[segment].start + seat.wrapped(index)
        return chunk..<chunk + 1
    }
}
