extension Algorithm {
    /// Into how many segments a schedule divides a buffer of so many bytes.
    ///
    /// All ranks of a call compute the same from what they agree on. A power of two, so that calls of
    /// many sizes share few schedules.
    public func segmentCount(for collective: Collective, rankCount: Int, byteCount: Int) -> Int {
        guard self == .ring, collective == .allReduce else { return 1 }
        let chunks = byteCount / max(1, rankCount) / Self.chunkByteCount
        return min(Self.mostSegments, 1 << (Int.bitWidth - 1 - max(1, chunks).leadingZeroBitCount))
    }

    /// A chunk of a segment holds at least so many bytes, and less than twice as many: little
    /// enough for what is passed on to be in a cache, and no less, for each step costs a message.
    static var chunkByteCount: Int { 512 << 10 }
    /// A program's steps stay in the cache, too.
    static var mostSegments: Int { 1024 }
}
