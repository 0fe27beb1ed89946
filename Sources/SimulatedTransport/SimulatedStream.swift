/// One direction of a link: a bounded pipe of bytes.
///
/// Every byte is accepted, read from the sender's memory (settled), departs, arrives, and is taken
/// by the receiver, each at its time; then the sender gets its credit back. Positions count from
/// the beginning of the stream, each at most the one before: `accepted`, `settled`, `departed`,
/// `arrived`, `taken`, `credited`.
@safe final class SimulatedStream {
    let index: Int
    let sender: Int
    let receiver: Int
    let conditions: LinkConditions

    private(set) var accepted = 0
    private(set) var settled = 0
    var departed = 0
    var arrived = 0
    private(set) var taken = 0
    var credited = 0

    /// No more will be sent; `isFinished` once the receiver may know.
    var isFinishing = false
    var isFinished = false
    /// Nothing arrives any more: an end is gone.
    var isBroken = false

    /// The sender was refused and waits for credit.
    var isSenderWaiting = false
    var isCreditUnderWay = false

    /// Between the two sides of a partition; what would have arrived waits here.
    var isCut = false
    var stalledArrival: Int?
    var isCreditStalled = false
    var isFinishStalled = false

    // The next event of each sort happens no earlier: nothing overtakes.
    var lineFreeAt: UInt64 = 0
    var lastArrivalAt: UInt64 = 0
    var lastSettleAt: UInt64 = 0

    /// Accepted bytes in the sender's memory, in order: where, and the position behind them. No
    /// address for bytes that were copied already.
    private var sources: [Part] = []
    private var sourcesDone = 0
    /// The window: position `p` stands at `p % windowByteCount`.
    private var ring: UnsafeMutableRawPointer?

    @safe private struct Part {
        var bytes: UnsafeRawPointer?
        let end: Int

        init(_ bytes: UnsafeRawPointer?, end: Int) {
            unsafe self.bytes = bytes
            self.end = end
        }
    }

    init(index: Int, sender: Int, receiver: Int, conditions: LinkConditions) {
        self.index = index
        self.sender = sender
        self.receiver = receiver
        self.conditions = conditions
    }

    deinit {
        unsafe ring?.deallocate()
    }

    /// How many bytes the sender may still give.
    var room: Int { conditions.windowByteCount - (accepted - credited) }
    var unsettledByteCount: Int { accepted - settled }
    var availableByteCount: Int { arrived - taken }
    /// Whether the receiver has everything there will ever be.
    var isExhausted: Bool { isFinished && taken == accepted }

    /// Accepts bytes by copying them now.
    func acceptCopy(_ bytes: UnsafeRawPointer, _ count: Int) {
        unsafe write(bytes, count, at: accepted)
        accepted += count
        if settled == accepted - count {
            settled = accepted
        } else {
            unsafe sources.append(Part(nil, end: accepted))
        }
    }

    /// Accepts bytes that are read from the sender's memory when they settle.
    func acceptReference(_ bytes: UnsafeRawPointer, _ count: Int) {
        accepted += count
        unsafe sources.append(Part(bytes, end: accepted))
    }

    /// Reads the sender's memory up to a position.
    func settle(to target: Int) {
        while settled < target, sourcesDone < sources.count {
            let end = sources[sourcesDone].end
            let count = min(end, target) - settled
            if let bytes = unsafe sources[sourcesDone].bytes {
                unsafe write(bytes, count, at: settled)
                unsafe sources[sourcesDone].bytes = bytes + count
            }
            settled += count
            guard settled == end else { return }
            sourcesDone += 1
        }
        guard sourcesDone == sources.count else { return }
        sources.removeAll(keepingCapacity: true)
        sourcesDone = 0
    }

    /// The sender's memory is gone: what was not read never will be.
    func dropUnsettled() {
        accepted = settled
        sources.removeAll()
        sourcesDone = 0
    }

    /// The receiver takes arrived bytes off the connection.
    func take(_ count: Int, into place: UnsafeMutableRawPointer) {
        assert(count <= availableByteCount, "took more than has arrived")
        let window = conditions.windowByteCount
        guard let ring = unsafe ring else { return }
        var done = 0
        while done < count {
            let offset = (taken + done) % window
            let part = min(count - done, window - offset)
            unsafe (place + done).copyMemory(from: ring + offset, byteCount: part)
            done += part
        }
        taken += count
    }

    private func write(_ bytes: UnsafeRawPointer, _ count: Int, at position: Int) {
        let window = conditions.windowByteCount
        let ring = unsafe self.ring ?? .allocate(byteCount: window, alignment: 16)
        unsafe self.ring = ring
        var done = 0
        while done < count {
            let offset = (position + done) % window
            let part = min(count - done, window - offset)
            unsafe (ring + offset).copyMemory(from: bytes + done, byteCount: part)
            done += part
        }
    }
}
