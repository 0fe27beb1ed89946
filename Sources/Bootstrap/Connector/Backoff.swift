/// How long to wait before the next attempt: doubling, with jitter so that ranks that failed
/// together do not come back together.
struct Backoff {
    static let firstNanoseconds: UInt64 = 2_000_000
    static let lastNanoseconds: UInt64 = 250_000_000

    private var ceiling = Self.firstNanoseconds

    mutating func nextNanoseconds() -> UInt64 {
        defer { ceiling = min(2 * ceiling, Self.lastNanoseconds) }
        return .random(in: ceiling / 2...ceiling)
    }
}
