import Collectives
import Schedules
import SimulatedTransport

/// The buffers of one call on one rank, with a fence around each, kept until the end of the run.
final class CallMemory {
    private let block: UnsafeMutableRawBufferPointer
    let input: UnsafeMutableRawBufferPointer
    /// Empty on all but the root of a reduce.
    let output: UnsafeMutableRawBufferPointer
    /// Whether the output lies in the input, or the input in the output.
    let isInPlace: Bool
    private let originalInput: UInt64
    private var originalFences: UInt64 = 0
    private let original: UInt64
    private var afterReturn: UInt64?

    private static let fenceByteCount = 24

    init(_ plan: CallPlan, rank: Int, rankCount: Int, isInPlace wish: Bool, shift: Int) {
        let size = plan.type.byteCount
        let extent = plan.extent(rankCount: rankCount) * size
        let own = rank * plan.count * size..<(rank + 1) * plan.count * size
        let takes = plan.collective != .broadcast || rank == plan.root
        let gives = plan.collective != .reduce || rank == plan.root
        let fence = Self.fenceByteCount
        block = .allocate(byteCount: 2 * extent + 3 * fence + 16, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0x5c)
        let first = fence + shift
        let second = plan.collective == .barrier || wish ? first : first + extent + fence
        var inputRange = takes ? first..<first + extent : first..<first
        var outputRange = gives ? second..<second + extent : second..<second
        if plan.collective == .allGather {
            inputRange = first..<first + own.count
            if wish { inputRange = second + own.lowerBound..<second + own.upperBound }
        } else if plan.collective == .reduceScatter {
            outputRange =
                wish
                ? first + own.lowerBound..<first + own.upperBound : second..<second + own.count
        }
        input = UnsafeMutableRawBufferPointer(rebasing: block[inputRange])
        output = UnsafeMutableRawBufferPointer(rebasing: block[outputRange])
        isInPlace = first == second && takes && gives
        Self.fill(input, plan, rank: rank, rankCount: rankCount)
        originalInput = Self.hash(UnsafeRawBufferPointer(input))
        original = Self.hash(UnsafeRawBufferPointer(block))
        originalFences = fences
    }

    deinit {
        block.deallocate()
    }

    private static func fill(
        _ input: UnsafeMutableRawBufferPointer, _ plan: CallPlan, rank: Int, rankCount: Int
    ) {
        let elements = Elements(plan: plan, rankCount: rankCount)
        guard let start = input.baseAddress, !input.isEmpty else { return }
        let offset = plan.collective == .allGather ? rank * plan.count : 0
        for index in 0..<input.count / plan.type.byteCount {
            plan.type.store(elements.inputBits(rank, offset + index), index, in: start)
        }
    }

    /// A hash of some memory, eight bytes at a time.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var offset = 0
        while offset + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            hash = (hash ^ word) &* 0x0000_0100_0000_01b3
            hash ^= hash >> 29
            offset += 8
        }
        for byte in bytes[offset...] { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }

    /// What lies around both buffers.
    private var fences: UInt64 {
        var hash: UInt64 = 1
        guard let start = block.baseAddress else { return 0 }
        var offset = 0
        let pieces = [input, output].filter { !$0.isEmpty }
            .compactMap { piece in
                piece.baseAddress.map { UnsafeRawPointer($0) - UnsafeRawPointer(start) }
                    .map { $0..<$0 + piece.count }
            }
            .sorted { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
        for piece in pieces + [block.count..<block.count] where piece.lowerBound >= offset {
            hash ^= Self.hash(UnsafeRawBufferPointer(rebasing: block[offset..<piece.lowerBound]))
            hash &*= 31
            offset = piece.upperBound
        }
        return hash
    }

    /// What is wrong with the memory when the call has returned, and marks its state.
    func violationAtReturn(hasMoved: Bool) -> String? {
        let now = Self.hash(UnsafeRawBufferPointer(block))
        afterReturn = now
        if !hasMoved && now != original { return "a buffer was written before all had agreed" }
        if !isInPlace, Self.hash(UnsafeRawBufferPointer(input)) != originalInput {
            return "an out-of-place input was written"
        }
        return fences == originalFences ? nil : "memory outside of the buffers was written"
    }

    /// What happened to the memory since the call returned.
    var violationSinceReturn: String? {
        guard let afterReturn, Self.hash(UnsafeRawBufferPointer(block)) != afterReturn
        else { return nil }
        return "memory was written after the call had returned"
    }
}
