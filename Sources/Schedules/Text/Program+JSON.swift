extension Program {
    /// The program as a JSON object; the names of algorithms and collectives as on the command line.
    public var json: String {
        let steps = steps.map(\.json).joined(separator: ",")
        return "{\"collective\":\"\(collective.name)\",\"algorithm\":\"\(algorithm.name)\","
            + "\"rank\":\(rank),\"rankCount\":\(rankCount),\"root\":\(root),"
            + "\"chunkCount\":\(chunkCount),\"steps\":[\(steps)]}"
    }
}

extension Step {
    fileprivate var json: String {
        let waits = dependencies.map { "{\"step\":\($0.step),\"extent\":\"\($0.extent)\"}" }
        return "{\(action.json),\"chunks\":[\(chunks.lowerBound),\(chunks.upperBound)],"
            + "\"after\":[\(waits.joined(separator: ","))]}"
    }
}

extension Step.Action {
    /// The members of the step's object that say what it does.
    fileprivate var json: String {
        switch self {
        case .send(let peer, let place): "\"do\":\"send\",\"to\":\(peer),\"place\":\"\(place)\""
        case .receive(let peer): "\"do\":\"receive\",\"from\":\(peer)"
        case .borrow(let peer): "\"do\":\"borrow\",\"from\":\(peer)"
        case .reduce(let sources, let isFinal):
            "\"do\":\"reduce\",\"final\":\(isFinal),\"sources\":["
                + sources.map(\.json).joined(separator: ",") + "]"
        }
    }
}

extension Source {
    fileprivate var json: String {
        switch self {
        case .local(let place): "\"\(place)\""
        case .lent(let step): "\(step)"
        }
    }
}
