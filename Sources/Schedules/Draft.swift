/// The steps of one rank while a generator writes them down.
///
/// Every operation appends one step and returns its index, for later steps to depend on.
struct Draft {
    let chunkCount: Int
    private(set) var steps: [Step] = []

    init(chunkCount: Int) {
        self.chunkCount = chunkCount
    }

    @discardableResult
    mutating func send(
        _ chunks: Range<Int>, to peer: Int, from place: Place, after dependencies: [Dependency] = []
    ) -> Int {
        append(Step(.send(to: peer, from: place), chunks: chunks, after: dependencies))
    }

    @discardableResult
    mutating func receive(
        _ chunks: Range<Int>, from peer: Int, after dependencies: [Dependency] = []
    ) -> Int {
        append(Step(.receive(from: peer), chunks: chunks, after: dependencies))
    }

    mutating func borrow(
        _ chunks: Range<Int>, from peer: Int, after dependencies: [Dependency] = []
    ) -> Int {
        append(Step(.borrow(from: peer), chunks: chunks, after: dependencies))
    }

    @discardableResult
    mutating func reduce(
        _ chunks: Range<Int>, _ sources: [Source], isFinal: Bool,
        after dependencies: [Dependency] = []
    ) -> Int {
        append(
            Step(.reduce(sources: sources, isFinal: isFinal), chunks: chunks, after: dependencies))
    }

    /// Copies a part of the input to its place in the output.
    @discardableResult
    mutating func copy(_ chunks: Range<Int>, isFinal: Bool = false) -> Int {
        reduce(chunks, [.local(.input)], isFinal: isFinal)
    }

    private mutating func append(_ step: Step) -> Int {
        steps.append(step)
        return steps.count - 1
    }
}
