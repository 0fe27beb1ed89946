extension Algorithm {
    /// Into how many segments a schedule divides a buffer of so many bytes.
    ///
    /// All ranks of a call compute the same from what they agree on. A power of two, so that calls of
    /// many sizes share few schedules.
    public func segmentCount(for collective: Collective, rankCount: Int, byteCount: Int) -> Int {
        guard self == .ring, collective == .allReduce else { return 1 }
        let ranges = byteCount / max(1, rankCount) / Self.chunkByteCount
        return min(Self.mostSegments, 1 << (Int.bitWidth - 1 - max(1, ranges).leadingZeroBitCount))
    }

    /// A chunk of a segment holds at least so many bytes, and less than twice as many: it and what
    /// it is combined with stay in a core's second cache.
    static var chunkByteCount: Int { 256 << 10 }
    /// A program's steps stay in the cache, too.
    static var mostSegments: Int { 1024 }
}
