package import Platform

/// Opens authenticated connections, many at once, without blocking.
///
/// Put `pollDescriptor` into an epoll or poll set and call `progress` when it is readable or
/// `nextDeadline` has passed; or use the blocking `connectAll`. What an honest peer may
/// cause (refused because not there yet, dropped, reset) is tried again until the deadline; a
/// refusal in words (other job, other version, wrong secret, wrong rank) fails at once.
///
/// Used by one thread at a time.
package final class Connector {
    /// Where to connect, for what.
    package struct Target: Sendable, Hashable {
        package var address: SocketAddress
        package var purpose: Purpose
        /// The local address to connect from; nil leaves it to the route.
        package var source: SocketAddress?
        /// The process is known to have listened: when nobody does any more, after a few tries, it
        /// has ended, and the attempt fails instead of waiting for it to come.
        package var hasListened: Bool

        package init(
            address: SocketAddress, purpose: Purpose, source: SocketAddress? = nil,
            hasListened: Bool = false
        ) {
            self.address = address
            self.purpose = purpose
            self.source = source
            self.hasListened = hasListened
        }
    }

    package enum Outcome: Sendable {
        case connected(Arrival)
        case failed(BootstrapError)
    }

    /// Attempts that may be under way; others queue.
    package static let attemptLimit = 256

    private let credentials: Credentials
    private let epoll: Epoll
    private var running: [ConnectionAttempt] = []
    private var queue: [ConnectionAttempt] = []
    private var nextIdentifier = 0

    package init(credentials: Credentials) throws(BootstrapError) {
        self.credentials = credentials
        epoll = try inPhase(.connecting) { () throws(SystemError) in try Epoll() }
    }

    /// Readable when `progress` has something to do; belongs to the connector.
    package var pollDescriptor: Int32 { epoll.descriptor.rawValue }

    /// When `progress` must be called even if nothing is readable.
    package var nextDeadline: Deadline {
        Deadline(nanoseconds: running.lazy.map(\.nextDeadline).min() ?? .max)
    }

    package var isIdle: Bool { running.isEmpty && queue.isEmpty }

    /// Adds a connection to be made; `progress` answers with the identifier returned here.
    package func begin(
        _ target: Target, deadline: Deadline
    ) throws(BootstrapError) -> Int {
        try checkTrust(of: target)
        defer { nextIdentifier += 1 }
        queue.append(
            ConnectionAttempt(
                identifier: nextIdentifier, target: target, credentials: credentials,
                deadline: deadline))
        admitFromQueue()
        return nextIdentifier
    }

    /// Goes on with every attempt; answers those that ended.
    package func progress() -> [(identifier: Int, outcome: Outcome)] {
        let events = try? epoll.ready(limit: Self.attemptLimit, timeoutMilliseconds: 0)
        let ready = Set((events ?? []).map(\.token))
        let now = Clock.nowNanoseconds()
        var ended: [(identifier: Int, outcome: Outcome)] = []
        for attempt in running {
            let isReady = ready.contains(UInt64(attempt.identifier))
            guard isReady || attempt.nextDeadline <= now else { continue }
            if let outcome = advance(attempt) { ended.append((attempt.identifier, outcome)) }
        }
        let gone = Set(ended.map(\.identifier))
        if !gone.isEmpty { running.removeAll { gone.contains($0.identifier) } }
        admitFromQueue()
        return ended
    }

    private func admitFromQueue() {
        let count = min(queue.count, Self.attemptLimit - running.count)
        running.append(contentsOf: queue.prefix(count))
        queue.removeFirst(count)
    }

    private func advance(_ attempt: ConnectionAttempt) -> Outcome? {
        let token = UInt64(attempt.identifier)
        let progress = attempt.advance { socket throws(SystemError) in
            // Edge-triggered: writability ends the connecting, afterwards it would never cease.
            try epoll.watch(socket, for: .changesOnly, token: token)
        }
        switch progress {
        case .waits: return nil
        case .failed(let error): return .failed(error)
        case .connected(let arrival, let socket):
            epoll.remove(socket)
            return .connected(arrival)
        }
    }

    private func checkTrust(of target: Target) throws(BootstrapError) {
        guard credentials.allowsStrangers || target.address.isLoopback else {
            throw BootstrapError(
                .unauthenticated,
                "\(target.address) is no loopback address: \(Credentials.strangerText)",
                phase: .connecting, peer: target.address, remedy: Credentials.strangerRemedy)
        }
    }
}
