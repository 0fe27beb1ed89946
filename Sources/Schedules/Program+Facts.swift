extension Program {
    /// The elements that this rank sends, of an extent of `elementCount`.
    public func sentElementCount(in elementCount: Int) -> Int {
        sum(in: elementCount) { step in
            if case .send = step.action { 1 } else { 0 }
        }
    }

    /// The elements that this rank receives, of an extent of `elementCount`.
    public func receivedElementCount(in elementCount: Int) -> Int {
        sum(in: elementCount) { step in
            switch step.action {
            case .receive, .borrow: 1
            case .send, .reduce: 0
            }
        }
    }

    /// How many pairs of elements this rank combines, of an extent of `elementCount`.
    public func reducedElementCount(in elementCount: Int) -> Int {
        sum(in: elementCount) { step in
            if case .reduce(let sources, _) = step.action { sources.count - 1 } else { 0 }
        }
    }

    /// The messages that this rank sends.
    public var sentMessageCount: Int {
        steps.count { step in
            if case .send = step.action { true } else { false }
        }
    }

    /// The messages that this rank receives.
    public var receivedMessageCount: Int {
        steps.count { step in
            switch step.action {
            case .receive, .borrow: true
            case .send, .reduce: false
            }
        }
    }

    /// The ranks that this one sends to or receives from, ascending.
    public var peers: [Int] {
        var peers: Set<Int> = []
        for step in steps {
            switch step.action {
            case .send(let peer, _), .receive(let peer), .borrow(let peer): peers.insert(peer)
            case .reduce: break
            }
        }
        return peers.sorted()
    }

    /// Whether any step writes the output. Ranks inside the chain or tree of a reduce need one for
    /// what passes through, though they end without a result.
    public var writesOutput: Bool {
        steps.contains { step in
            switch step.action {
            case .receive, .reduce: true
            case .send, .borrow: false
            }
        }
    }

    private func sum(in elementCount: Int, _ weight: (Step) -> Int) -> Int {
        steps.reduce(0) { $0 + weight($1) * elements(of: $1.chunks, in: elementCount).count }
    }
}
