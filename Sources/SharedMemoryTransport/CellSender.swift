internal import CLinux
internal import CSharedMemory

/// The sending end of a segment.
///
/// A message of at most 56 bytes travels in the line of its flag, so that the receiver fetches one
/// line. The payload of a longer one goes into the ring first, piece by piece, so that the receiver
/// takes the first while the next is written.
@safe struct CellSender {
    let segment: SegmentView
    let bell: Bell
    /// Cells published, and the position of the ring behind them.
    var published: UInt64 = 0
    var head = 0
    /// What the receiver had let go when that was last looked at.
    var cellsTaken: UInt64 = 0
    var bytesTaken = 0

    /// Bytes of the ring that one cell announces.
    static let pieceByteCount = 64 << 10
    /// Bytes of the ring that one call writes at most: the caller looks at its other links.
    static let burstByteCount = 128 << 10
    /// Less room than this is not worth a cell while more is to come.
    static let leastByteCount = 4 << 10
    /// A header and a payload of so many bytes at most lie in the ring in one piece, so that both can
    /// be lent at once.
    static let wholeByteCount = 16 << 10
    /// From so many bytes on, stores pass the cache by.
    static let streamByteCount = 16 << 10

    init(segment: SegmentView, bell: Bell) {
        self.segment = segment
        self.bell = bell
    }
}

extension CellSender {
    @inline(__always)
    mutating func send(
        _ header: UnsafeRawPointer?, _ headerCount: Int, _ payload: UnsafeRawPointer?,
        _ payloadCount: Int
    ) -> Int {
        guard unsafe cshared_load(segment.receiverState) == SegmentView.State.open else {
            return -Int(EPIPE)
        }
        let total = headerCount &+ payloadCount
        guard total > 0, hasCell() else { return 0 }
        guard total <= SegmentLayout.cellCapacity else {
            return unsafe sendLong(header, headerCount, payload, payloadCount)
        }
        let place = unsafe UnsafeMutableRawPointer(segment.cell(published) + 1)
        unsafe Self.copy(header, headerCount, to: place)
        unsafe Self.copy(payload, payloadCount, to: place + headerCount)
        publish(inlineByteCount: total, ringByteCount: 0)
        return total
    }

    private mutating func sendLong(
        _ header: UnsafeRawPointer?, _ headerCount: Int, _ payload: UnsafeRawPointer?,
        _ payloadCount: Int
    ) -> Int {
        guard headerCount <= SegmentLayout.cellCapacity, let payload = unsafe payload else {
            return unsafe sendLong(nil, 0, header, headerCount)
        }
        let total = headerCount &+ payloadCount
        if headerCount > 0, total <= Self.wholeByteCount, room(for: total &+ 64) == total &+ 64 {
            return unsafe sendWhole(header, headerCount, payload, payloadCount)
        }
        var inlineCount = headerCount
        var sent = 0
        while sent < payloadCount, sent < Self.burstByteCount, hasCell() {
            let count = room(for: min(payloadCount - sent, Self.pieceByteCount))
            guard count > 0 else { break }
            unsafe write(payload + sent, count)
            unsafe Self.copy(
                header, inlineCount, to: UnsafeMutableRawPointer(segment.cell(published) + 1))
            publish(inlineByteCount: inlineCount, ringByteCount: count)
            inlineCount = 0
            sent += count
        }
        guard sent == 0 else { return headerCount + sent }
        guard headerCount > 0 else { return 0 }
        // No room for payload, but the header may go ahead.
        unsafe Self.copy(
            header, headerCount, to: UnsafeMutableRawPointer(segment.cell(published) + 1))
        publish(inlineByteCount: headerCount, ringByteCount: 0)
        return headerCount
    }

    /// The payload begins on a line, and the header ends there.
    private mutating func sendWhole(
        _ header: UnsafeRawPointer?, _ headerCount: Int, _ payload: UnsafeRawPointer,
        _ payloadCount: Int
    ) -> Int {
        let skipped = SegmentLayout.lineByteCount &- headerCount
        unsafe Self.copy(header, headerCount, to: segment.ring(head &+ skipped))
        unsafe Self.copy(payload, payloadCount, to: segment.ring(head &+ 64))
        publish(
            inlineByteCount: 0, ringByteCount: headerCount &+ payloadCount,
            skippedByteCount: skipped)
        return headerCount &+ payloadCount
    }

    private func write(_ bytes: UnsafeRawPointer, _ count: Int) {
        let place = unsafe segment.ring(head)
        if count >= Self.streamByteCount {
            unsafe cshared_stream(place, bytes, count)
        } else {
            unsafe place.copyMemory(from: bytes, byteCount: count)
        }
    }

    @inline(__always)
    private static func copy(
        _ bytes: UnsafeRawPointer?, _ count: Int, to place: UnsafeMutableRawPointer
    ) {
        if count > 0, let bytes = unsafe bytes {
            unsafe place.copyMemory(from: bytes, byteCount: count)
        }
    }

    /// Makes a cell visible: whoever sees its flag sees all that belongs to it.
    @inline(__always)
    private mutating func publish(
        inlineByteCount: Int, ringByteCount: Int, skippedByteCount: Int = 0
    ) {
        let flag = CellFlag(
            number: published, inlineByteCount: inlineByteCount, ringByteCount: ringByteCount,
            skippedByteCount: skippedByteCount)
        unsafe cshared_store(segment.cell(published), flag.word)
        published &+= 1
        // Every frame begins on a line.
        head = (head &+ skippedByteCount &+ ringByteCount &+ 63) & ~63
        unsafe bell.ring(whoSleeps: segment.receiverSleeps)
    }

    @inline(__always)
    private mutating func hasCell() -> Bool {
        let limit = UInt64(SegmentLayout.cellCount)
        if published &- cellsTaken < limit { return true }
        cellsTaken = unsafe cshared_load(segment.cellsTaken)
        return published &- cellsTaken < limit
    }

    /// How many of these bytes the ring takes now: all, a good part, or none.
    private mutating func room(for wanted: Int) -> Int {
        if freeByteCount < wanted {
            bytesTaken = unsafe Int(truncatingIfNeeded: cshared_load(segment.bytesTaken))
        }
        let count = min(wanted, freeByteCount)
        return count == wanted || count >= Self.leastByteCount ? count & lineMask(wanted, count) : 0
    }

    /// A part ends on a line, so that the next one follows it without a gap.
    private func lineMask(_ wanted: Int, _ count: Int) -> Int { count == wanted ? -1 : ~63 }

    private var freeByteCount: Int { segment.ringByteCount &- (head &- bytesTaken) }

    /// Whether the receiver has let anything go since room was last looked for.
    var hasNewRoom: Bool {
        unsafe cshared_load(segment.cellsTaken) != cellsTaken
            || Int(truncatingIfNeeded: cshared_load(segment.bytesTaken)) != bytesTaken
            || cshared_load(segment.receiverState) != SegmentView.State.open
    }
}
