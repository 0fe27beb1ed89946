extension Step: CustomStringConvertible {
    /// The step in words, such as `send 0..<1 of the input to 2, following 3`.
    public var description: String {
        let waits = dependencies.map { wait in
            (wait.extent == .prefix ? "following " : "after ") + "\(wait.step)"
        }
        return ([action.text(chunks)] + waits).joined(separator: ", ")
    }
}

extension Step.Action {
    fileprivate func text(_ chunks: Range<Int>) -> String {
        switch self {
        case .send(let peer, let place): "send \(chunks) of the \(place) to \(peer)"
        case .receive(let peer): "receive \(chunks) from \(peer)"
        case .borrow(let peer): "borrow \(chunks) from \(peer)"
        case .reduce(let sources, let isFinal):
            (sources.count == 1 ? "copy " : "reduce ") + "\(chunks) of "
                + sources.map(\.text).joined(separator: ", ") + (isFinal ? " (final)" : "")
        }
    }
}

extension Source {
    fileprivate var text: String {
        switch self {
        case .local(let place): "\(place)"
        case .lent(let step): "lent by \(step)"
        }
    }
}

extension Program: CustomStringConvertible {
    /// One line per step, numbered.
    public var description: String { text(stepLimit: steps.count) }

    /// The same of the first steps, and how many more there are.
    public func text(stepLimit: Int) -> String {
        let head =
            "rank \(rank) of \(rankCount): \(collective.name) by \(algorithm.name),"
            + " \(chunkCount) chunks"
        let lines = steps.prefix(stepLimit).enumerated().map { "  \($0.offset): \($0.element)" }
        let more = steps.count - lines.count
        return ([head] + lines + (more > 0 ? ["  and \(more) more steps"] : []))
            .joined(separator: "\n")
    }
}
