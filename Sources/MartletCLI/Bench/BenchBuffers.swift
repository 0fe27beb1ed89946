import Martlet

/// Two pieces of memory, page-aligned and allocated once: inputs and outputs of all cases.
@safe struct BenchBuffers: ~Copyable {
    private let first: UnsafeMutableRawBufferPointer
    private let second: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
        let capacity = max(byteCount, 64)
        unsafe first = .allocate(byteCount: capacity, alignment: 4096)
        unsafe second = .allocate(byteCount: capacity, alignment: 4096)
    }

    deinit {
        unsafe first.deallocate()
        unsafe second.deallocate()
    }

    /// What a call is given: in place, both lie in the second piece.
    func operands(
        _ benchCase: BenchCase, rank: Int, isInPlace: Bool
    ) -> (input: UnsafeMutableRawBufferPointer, output: UnsafeMutableRawBufferPointer) {
        let source = unsafe isInPlace ? second : first
        let input = benchCase.inputRange(rank: rank, isInPlace: isInPlace)
        let output = benchCase.outputRange(rank: rank, isInPlace: isInPlace)
        return unsafe (
            UnsafeMutableRawBufferPointer(rebasing: source[input]),
            UnsafeMutableRawBufferPointer(rebasing: second[output])
        )
    }
}
