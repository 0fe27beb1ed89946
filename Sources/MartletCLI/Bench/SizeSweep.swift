/// Which sizes are measured.
enum SizeSweep: Equatable {
    /// From the first to the last, each so many bytes more than the one before.
    case steps(ClosedRange<Int>, byteCount: Int)
    /// From the first to the last, each so many times the one before.
    case factors(ClosedRange<Int>, factor: Int)
    case list([Int])

    /// No sweep is longer: a step of 1 B up to 1 GiB is a slip.
    static let countLimit = 10_000

    var byteCounts: [Int] {
        switch self {
        case .list(let sizes): return sizes
        case .steps(let range, let step):
            return Self.collect(range) { $0 + max(1, step) }
        case .factors(let range, let factor):
            // From 0, as from any size, a factor has to get on.
            return Self.collect(range) { max($0 * max(2, factor), 1) }
        }
    }

    private static func collect(_ range: ClosedRange<Int>, _ next: (Int) -> Int) -> [Int] {
        var sizes: [Int] = []
        var size = range.lowerBound
        while size <= range.upperBound && sizes.count <= countLimit {
            sizes.append(size)
            size = next(size)
        }
        return sizes
    }

    /// As nccl-tests says it in its first line.
    var description: String {
        switch self {
        case .steps(let range, let step):
            "minBytes \(range.lowerBound) maxBytes \(range.upperBound) step: \(step)(bytes)"
        case .factors(let range, let factor):
            "minBytes \(range.lowerBound) maxBytes \(range.upperBound) step: \(factor)(factor)"
        case .list(let sizes):
            "sizes: " + sizes.map(String.init).joined(separator: ",")
        }
    }
}
