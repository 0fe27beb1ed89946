/// Waits between attempts that fail: each twice as long as the one before, up to a limit, and drawn
/// from its upper half, so that many who failed together do not come back together.
struct Backoff: Sendable {
    let firstSeconds: Double
    var limitSeconds: Double
    private(set) var failureCount = 0
    private var random: SplitMix64

    init(firstSeconds: Double, limitSeconds: Double, seed: UInt64) {
        self.firstSeconds = firstSeconds
        self.limitSeconds = limitSeconds
        random = SplitMix64(seed: seed)
    }

    var limitNanoseconds: UInt64 { UInt64(limitSeconds * 1e9) }

    /// Notes a failure, and answers how long to wait.
    mutating func failed() -> UInt64 {
        // Beyond this the limit holds anyway.
        let doublings = min(failureCount, 20)
        failureCount += 1
        let longest = min(limitSeconds, firstSeconds * Double(1 << doublings))
        return nanoseconds(longest)
    }

    mutating func succeeded() {
        failureCount = 0
    }

    /// A wait from the upper half of so many seconds.
    mutating func nanoseconds(_ seconds: Double) -> UInt64 {
        UInt64(Double.random(in: seconds / 2...seconds, using: &random) * 1e9)
    }
}

/// Steele, Lea and Flood's generator: small, and the same from the same seed everywhere.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
