internal import CLinux
internal import CSharedMemory

/// The receiving end of a segment.
///
/// It lends straight from the sender's cells and ring. Only what was asked for as one piece and does
/// not lie as one is copied together, into a scratch: a header that came in pieces, or an element
/// across two of them.
@safe struct CellReceiver {
    let segment: SegmentView
    let bell: Bell
    /// Cells adopted, and the position of the ring behind them.
    var adopted: UInt64 = 0
    var head = 0
    /// What is left of the adopted cell: bytes of its line, then bytes of the ring.
    var inlineStart: UnsafeRawPointer
    var inlineLeft = 0
    var ringStart = 0
    var ringLeft = 0
    /// What stands in the scratch, in front of that.
    let scratch: UnsafeMutableRawPointer
    var scratchStart = 0
    var scratchLeft = 0
    /// What is lent.
    var lent = 0
    /// The position of the ring that the sender was last told.
    var told = 0

    /// The most that is lent, and that the scratch holds.
    static let lendingByteCount = 128 << 10
    /// So much of the ring is let go at once.
    static let creditByteCount = 16 << 10

    init(segment: SegmentView, bell: Bell, scratch: UnsafeMutableRawPointer) {
        self.segment = segment
        self.bell = bell
        unsafe self.scratch = scratch
        unsafe inlineStart = UnsafeRawPointer(segment.base)
    }
}

// MARK: - What a link does

extension CellReceiver {
    @inline(__always)
    mutating func borrow(
        _ minimum: Int, _ maximum: Int, _ start: UnsafeMutablePointer<UnsafeRawPointer?>
    ) -> Int {
        if lent < minimum {
            let result = lendMore(minimum, maximum)
            if result < 0 { return result }
        }
        unsafe start.pointee = UnsafeRawPointer(place)
        return lent
    }

    @inline(__always)
    mutating func giveBack(_ count: Int) {
        assert(count <= lent, "gave back more than was lent")
        lent &-= count
        consume(count)
    }

    mutating func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        var received = 0
        while received < count {
            let found = span
            if found == 0 {
                let result = adopt()
                if result < 0 && received == 0 { return result }
                guard result > 0 else { break }
                continue
            }
            let taken = min(found, count - received)
            unsafe (bytes + received).copyMemory(from: place, byteCount: taken)
            lent = max(0, lent - taken)
            consume(taken)
            received += taken
        }
        return received
    }
}

// MARK: - Lending

extension CellReceiver {
    /// Where the next byte is.
    @inline(__always)
    private var place: UnsafeRawPointer {
        if scratchLeft > 0 { return unsafe UnsafeRawPointer(scratch + scratchStart) }
        return unsafe inlineLeft > 0 ? inlineStart : UnsafeRawPointer(segment.ring(ringStart))
    }

    /// How many bytes lie there in a row.
    @inline(__always)
    private var span: Int {
        scratchLeft > 0 ? scratchLeft : inlineLeft > 0 ? inlineLeft : ringLeft
    }

    /// Lends more than before, or answers why nothing more will come.
    @inline(__always)
    private mutating func lendMore(_ minimum: Int, _ maximum: Int) -> Int {
        var found = span
        if found == 0 {
            let result = adopt()
            guard result > 0 else { return result }
            found = span
        }
        if found < maximum, inlineLeft == 0, scratchLeft == 0 {
            found = extend(maximum)
        }
        if found < minimum { return gather(minimum, maximum) }
        lent = max(lent, min(found, maximum))
        return 1
    }

    /// Takes cells on whose bytes follow in the ring without a gap.
    private mutating func extend(_ maximum: Int) -> Int {
        while ringLeft < maximum, ringStart &+ ringLeft == head {
            let flag = unsafe CellFlag(word: cshared_load(segment.cell(adopted)))
            let isNext = flag.isOf(adopted) && flag.inlineByteCount | flag.skippedByteCount == 0
            guard isNext, accepts(flag, used: ringLeft) else { break }
            adopted &+= 1
            ringLeft &+= flag.ringByteCount
            head = (head &+ flag.ringByteCount &+ 63) & ~63
        }
        return ringLeft
    }

    /// Brings what does not lie in a row together. Hardly ever called.
    @inline(never)
    private mutating func gather(_ minimum: Int, _ maximum: Int) -> Int {
        if scratchStart > 0 {
            if scratchLeft > 0 { unsafe memmove(scratch, scratch + scratchStart, scratchLeft) }
            scratchStart = 0
        }
        var result = 1
        while scratchLeft < minimum, result > 0 {
            let found = inlineLeft > 0 ? inlineLeft : ringLeft
            guard found > 0 else {
                result = adopt()
                continue
            }
            let limit = min(maximum, Self.lendingByteCount)
            let taken = min(found, limit - scratchLeft)
            let from =
                unsafe inlineLeft > 0 ? inlineStart : UnsafeRawPointer(segment.ring(ringStart))
            unsafe (scratch + scratchLeft).copyMemory(from: from, byteCount: taken)
            consumeCell(taken)
            scratchLeft += taken
        }
        lent = max(lent, scratchLeft)
        return lent == 0 ? result : 1
    }

    /// Takes the next cell on: 1, or 0 where none is there, or why none will come.
    @inline(__always)
    private mutating func adopt() -> Int {
        let flag = unsafe CellFlag(word: cshared_load(segment.cell(adopted)))
        guard flag.isOf(adopted) else { return absence() }
        guard accepts(flag, used: 0) else { return -Int(EBADMSG) }
        unsafe inlineStart = UnsafeRawPointer(segment.cell(adopted) + 1)
        inlineLeft = flag.inlineByteCount
        ringStart = head &+ flag.skippedByteCount
        ringLeft = flag.ringByteCount
        head = (ringStart &+ ringLeft &+ 63) & ~63
        adopted &+= 1
        return 1
    }

    /// Nothing is read where the sender did not write, whatever a cell says.
    @inline(__always)
    private func accepts(_ flag: CellFlag, used: Int) -> Bool {
        flag.inlineByteCount <= SegmentLayout.cellCapacity
            && flag.skippedByteCount &+ flag.ringByteCount <= segment.ringByteCount &- used
            && (flag.inlineByteCount | flag.ringByteCount) > 0
    }

    /// Why there is no cell.
    @inline(__always)
    private func absence() -> Int {
        if unsafe cshared_load(segment.senderState) == SegmentView.State.open { return 0 }
        // The last cells may have come between the look at them and the look at the state.
        return hasNews ? 0 : -Int(EPIPE)
    }

    /// Whether a cell waits that was not looked at.
    var hasNews: Bool {
        unsafe CellFlag(word: cshared_load(segment.cell(adopted))).isOf(adopted)
    }

    var hasEnded: Bool { unsafe cshared_load(segment.senderState) != SegmentView.State.open }
}

// MARK: - Letting go

extension CellReceiver {
    @inline(__always)
    private mutating func consume(_ count: Int) {
        guard scratchLeft == 0 else {
            scratchStart &+= count
            scratchLeft &-= count
            return
        }
        consumeCell(count)
    }

    /// Moves on inside the adopted cell, and lets the sender have what was used up.
    @inline(__always)
    private mutating func consumeCell(_ count: Int) {
        if inlineLeft > 0 {
            unsafe inlineStart = inlineStart + count
            inlineLeft &-= count
            if inlineLeft > 0 { return }
        } else {
            ringStart &+= count
            ringLeft &-= count
        }
        let position = ringLeft == 0 ? head : ringStart & ~63
        if ringLeft > 0, position &- told < Self.creditByteCount { return }
        unsafe cshared_store(segment.bytesTaken, UInt64(truncatingIfNeeded: position))
        unsafe cshared_store(segment.cellsTaken, adopted)
        told = position
        unsafe bell.ring(whoSleeps: segment.senderSleeps)
    }
}
