/// Memory that stays in one place, as C programs have it.
final class Memory {
    private let buffer: UnsafeMutableBufferPointer<Double>

    init(_ count: Int, _ value: (Int) -> Double = { _ in -1 }) {
        buffer = .allocate(capacity: count)
        for index in 0..<count { buffer.initializeElement(at: index, to: value(index)) }
    }

    deinit { buffer.deallocate() }

    var start: UnsafeMutablePointer<Double>? { buffer.baseAddress }
    var values: [Double] { Array(buffer) }

    /// Where a part of so many elements begins.
    func part(_ index: Int, of count: Int) -> UnsafeMutablePointer<Double>? {
        start.map { $0 + index * count }
    }
}
