import Platform

/// How many seeds a test draws: fewer for large worlds, more where `MARTLET_TEST_EFFORT` says so.
enum Seeds {
    private static let effort = Host.environment("MARTLET_TEST_EFFORT").flatMap { Int($0) } ?? 1

    static func range(rankCount: Int) -> Range<UInt64> {
        0..<UInt64(effort * max(1, 80 / rankCount))
    }
}
