/// What local callers ask of the agent: `POST /v1/drain`, `POST /v1/resume`.
package enum AgentRequest: Sendable, Hashable {
    /// Take no new work from now on.
    case drain(by: String, reason: String?)
    /// Take new work again.
    case resume(by: String)
}

/// Carries requests to the agent. From any thread; never blocks; what was asked is acted on in
/// order. Whoever asked sees it in the status.
package struct AgentRequests: Sendable {
    package let stream: AsyncStream<AgentRequest>
    private let continuation: AsyncStream<AgentRequest>.Continuation

    package init() {
        // Requests of people: more than this many waiting means that nobody listens.
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(64))
    }

    /// False when too many requests wait already, or the agent has stopped.
    package func submit(_ request: AgentRequest) -> Bool {
        if case .enqueued = continuation.yield(request) { true } else { false }
    }
}
