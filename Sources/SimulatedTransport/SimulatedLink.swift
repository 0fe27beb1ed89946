package import Transport

/// A link of a simulated network.
@safe package final class SimulatedLink: LinkOwner {
    let state: SimulatedLinkState
    /// Keeps the network for as long as one of its links lives.
    private let network: SimulatedNetwork

    init(_ state: SimulatedLinkState, of network: SimulatedNetwork) {
        self.state = state
        self.network = network
    }

    deinit {
        close()
    }

    package var link: Link {
        unsafe Link(
            operations: SimulatedLinkState.operations,
            context: Unmanaged.passUnretained(state).toOpaque(), descriptor: -1,
            lendingByteCount: state.incoming.conditions.lendingByteCount)
    }

    package var transport: String { "simulated" }
    package var summary: String { "\(transport) \(state.rank) to \(state.peer)" }

    package func finishSending() {
        network.finishSending(state)
    }

    package func close() {
        network.close(state)
    }

    /// Bytes lent and not given back.
    package var lentByteCount: Int { state.lentByteCount }
    /// Accepted bytes that the link has yet to read from the sender's memory.
    package var unsettledByteCount: Int { state.outgoing.unsettledByteCount }
}
