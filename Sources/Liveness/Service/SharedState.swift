internal import Bootstrap
internal import CLinux
internal import Platform

/// What the service thread and the callers' threads share, behind a monitor.
struct SharedState {
    struct Registration {
        var members: [Int]
        var status: CommunicatorStatus
    }

    /// A data connection that nobody has asked for yet.
    struct Waiting {
        var arrival: Arrival
        var since: UInt64

        var communicator: UInt64 { arrival.purpose.communicator }
    }

    var registrations: [UInt64: Registration] = [:]
    var waiting: [Waiting] = []
    /// Neighbours whose liveness connection stood at least once.
    var connected: Set<Int> = []
    var lost: [Int] = []
    var left: Set<Int> = []
    var silent: Set<Int> = []
    /// Why the service thread ended, nil while it runs.
    var ending: String?

    /// How many data connections may wait, and how long one waits for a communicator that is not
    /// registered: a slow rank may still be on its way to it.
    static let waitingLimit = 1024
    static let strangerSeconds = 60.0

    /// Keeps a connection until it is asked for. At the limit the oldest goes, one for an unknown
    /// communicator before all others.
    mutating func keep(_ arrival: Arrival, now: UInt64) {
        // Whoever comes twice lost the first connection.
        waiting.removeAll { $0.arrival.purpose == arrival.purpose }
        if waiting.count == Self.waitingLimit {
            let stranger = waiting.firstIndex { registrations[$0.communicator] == nil }
            waiting.remove(at: stranger ?? 0)
        }
        waiting.append(Waiting(arrival: arrival, since: now))
    }

    /// Drops what nobody came for; answers when to look again.
    mutating func dropStrangers(now: UInt64) -> UInt64 {
        let patience = UInt64(Self.strangerSeconds * 1e9)
        let known = registrations
        waiting.removeAll { known[$0.communicator] == nil && now >= $0.since + patience }
        let oldest = waiting.lazy.filter { known[$0.communicator] == nil }.map(\.since).min()
        return oldest.map { $0 + patience } ?? .max
    }

    /// Takes a connection from a rank of the world, once. One that its opener gave up meanwhile,
    /// because the end of the handshake came too late for it, is dropped: it comes again.
    mutating func take(communicator: UInt64, from rank: Int, index: Int) -> FileDescriptor? {
        let found = waiting.firstIndex {
            let purpose = $0.arrival.purpose
            return purpose.communicator == communicator && purpose.fromRank == rank
                && purpose.index == index
        }
        guard let found, let socket = waiting.remove(at: found).arrival.take(),
            clinux_stream_has_ended(socket.rawValue) == 0
        else { return nil }
        return socket
    }
}
