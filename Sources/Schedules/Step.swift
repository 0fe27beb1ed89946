/// Where a step finds or leaves its bytes.
///
/// Both buffers are addressed by chunk of the whole extent, also where a rank holds only its part
/// (the input of all-gather, the output of reduce-scatter), so a call is in place exactly when
/// `input` and `output` are the same memory for every chunk.
public enum Place: UInt8, Sendable, Hashable, BitwiseCopyable {
    /// The caller's input: read, never written.
    case input
    /// The caller's output: read and written.
    case output
}

/// One operand of a reduction.
public enum Source: Sendable, Hashable {
    /// The step's chunks in one of the caller's buffers.
    case local(Place)
    /// What the earlier borrow with this index lent, of the same chunks. The reduction follows it
    /// byte by byte without a dependency of its own, and gives it back as it consumes it; every
    /// borrow is consumed by exactly one reduction.
    case lent(step: Int)
}

/// What a step waits for: another step of the same rank.
public struct Dependency: Sendable, Hashable {
    /// How far the other step must be.
    public enum Extent: UInt8, Sendable, Hashable {
        /// As many bytes as this step has done, so that segments stream through both. The two
        /// steps cover the same chunks.
        case prefix
        /// All of it.
        case whole
    }

    /// Index of the step waited for: an earlier one of the same program.
    public var step: Int
    public var extent: Extent

    public init(step: Int, extent: Extent) {
        self.step = step
        self.extent = extent
    }

    public static func prefix(of step: Int) -> Dependency {
        Dependency(step: step, extent: .prefix)
    }

    public static func whole(_ step: Int) -> Dependency {
        Dependency(step: step, extent: .whole)
    }
}

/// One thing a rank does for a collective, on a range of consecutive chunks.
///
/// Steps that use the same link in the same direction run in the order of their indices; all
/// others wait for nothing but their dependencies.
public struct Step: Sendable, Hashable {
    public enum Action: Sendable, Hashable {
        /// Sends the chunks to a peer. Done when the memory may be overwritten.
        case send(to: Int, from: Place)
        /// Receives the chunks from a peer straight into the output.
        case receive(from: Int)
        /// Receives the chunks from a peer into memory that the link lends, for one reduction. The
        /// link, or the network below it, takes in some of it before the reduction is ready.
        case borrow(from: Int)
        /// Combines the sources into the output, in their order: the first two, then the outcome
        /// with the third, and so on. With a single source, copies; where source and output are
        /// the same memory, the copy has nothing to do.
        /// `isFinal` marks the combination that completes the result: the average divides here.
        case reduce(sources: [Source], isFinal: Bool)
    }

    public var action: Action
    /// Consecutive chunks, of the program's `chunkCount`.
    public var chunks: Range<Int>
    public var dependencies: [Dependency]

    public init(_ action: Action, chunks: Range<Int>, after dependencies: [Dependency] = []) {
        self.action = action
        self.chunks = chunks
        self.dependencies = dependencies
    }
}
