internal import CSharedMemory

/// Where things stand in a segment, which carries one direction of a link.
///
/// Offsets are bytes. Each line has one writer, so that two cores never fight over one:
///
///     0     identity: magic, version, bytes of the ring
///     64    the sender's state, and whether it sleeps
///     128   credit: cells and bytes of the ring that the receiver has let go
///     192   the receiver's state, and whether it sleeps
///     1024  32 cells of one line: a flag, and 56 bytes that came with it
///     4096  the ring: payload that is too large for a cell
enum SegmentLayout {
    static let magic: UInt64 = 0x314d_4853_5452_414d
    static let version: UInt64 = 1
    static let lineByteCount = 64
    static let cellCount = 32
    /// Bytes of a cell behind its flag.
    static let cellCapacity = 56
    static let controlByteCount = 4096

    static let senderOffset = 64
    static let creditOffset = 128
    static let receiverOffset = 192
    static let cellsOffset = 1024

    /// What the ring may have, as a power of two.
    static let ringByteCounts = 64 << 10...8 << 20

    static func isPossible(ringByteCount: Int) -> Bool {
        ringByteCounts.contains(ringByteCount) && ringByteCount.nonzeroBitCount == 1
    }
}

/// A mapped segment, as both ends see it; whoever holds it keeps the mapping.
@safe struct SegmentView {
    let base: UnsafeMutableRawPointer
    let ringMask: Int

    init(base: UnsafeMutableRawPointer, ringByteCount: Int) {
        unsafe self.base = base
        ringMask = ringByteCount - 1
    }

    /// What an end has said of itself.
    enum State {
        static let open: UInt64 = 0
        /// Sends no more.
        static let finished: UInt64 = 1
        /// Has let go of the link.
        static let closed: UInt64 = 2
    }

    private func word(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
        unsafe (base + offset).assumingMemoryBound(to: UInt64.self)
    }

    var senderState: UnsafeMutablePointer<UInt64> { unsafe word(SegmentLayout.senderOffset) }
    var senderSleeps: UnsafeMutablePointer<UInt64> { unsafe word(SegmentLayout.senderOffset + 8) }
    var cellsTaken: UnsafeMutablePointer<UInt64> { unsafe word(SegmentLayout.creditOffset) }
    var bytesTaken: UnsafeMutablePointer<UInt64> { unsafe word(SegmentLayout.creditOffset + 8) }
    var receiverState: UnsafeMutablePointer<UInt64> { unsafe word(SegmentLayout.receiverOffset) }
    var receiverSleeps: UnsafeMutablePointer<UInt64> {
        unsafe word(SegmentLayout.receiverOffset + 8)
    }

    var ringByteCount: Int { ringMask &+ 1 }

    /// The flag of the cell with this number, counted from 0 over the life of the link.
    @inline(__always)
    func cell(_ number: UInt64) -> UnsafeMutablePointer<UInt64> {
        let index = Int(truncatingIfNeeded: number) & (SegmentLayout.cellCount - 1)
        return unsafe word(SegmentLayout.cellsOffset + index &* SegmentLayout.lineByteCount)
    }

    /// A position of the ring, counted from 0 over the life of the link. A span goes on behind it
    /// for as long as the ring is.
    @inline(__always)
    func ring(_ position: Int) -> UnsafeMutableRawPointer {
        unsafe base + (SegmentLayout.controlByteCount &+ (position & ringMask))
    }
}

/// What the first word of a cell says: which cell it is, and how much came with it.
struct CellFlag {
    private static let inlineBits: UInt64 = 6
    private static let ringBits: UInt64 = 24
    private static let skipBits: UInt64 = 6
    private static let numberShift = inlineBits + ringBits + skipBits

    let word: UInt64

    init(word: UInt64) { self.word = word }

    @inline(__always)
    init(number: UInt64, inlineByteCount: Int, ringByteCount: Int, skippedByteCount: Int = 0) {
        word =
            (number &+ 1) << Self.numberShift
            | UInt64(truncatingIfNeeded: skippedByteCount) << (Self.inlineBits + Self.ringBits)
            | UInt64(truncatingIfNeeded: ringByteCount) << Self.inlineBits
            | UInt64(truncatingIfNeeded: inlineByteCount)
    }

    /// Whether it is that cell, and not one of an earlier round, or none yet.
    @inline(__always)
    func isOf(_ number: UInt64) -> Bool {
        word >> Self.numberShift == ((number &+ 1) << Self.numberShift) >> Self.numberShift
    }

    var inlineByteCount: Int { Int(truncatingIfNeeded: word & (1 << Self.inlineBits - 1)) }
    var ringByteCount: Int {
        Int(truncatingIfNeeded: word >> Self.inlineBits & (1 << Self.ringBits - 1))
    }
    /// How many bytes of the ring lie before those that belong to it.
    var skippedByteCount: Int {
        let shift = Self.inlineBits + Self.ringBits
        return Int(truncatingIfNeeded: word >> shift & (1 << Self.skipBits - 1))
    }
}
