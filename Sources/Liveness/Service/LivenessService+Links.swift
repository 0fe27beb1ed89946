package import Bootstrap
package import Platform

extension LivenessService {
    /// Waits for a data connection that a rank of the world opens to this one for a registered
    /// communicator; `index` tells several of the same pair apart. Throws when the communicator
    /// fails meanwhile.
    ///
    /// Connections that nobody waits for yet are kept, at most 1,024; those of communicators that
    /// are not registered, for at most 60 s.
    package func awaitLink(
        communicator: UInt64, fromRank rank: Int, index: Int = 0, deadline: Deadline
    ) throws(BootstrapError) -> FileDescriptor {
        guard isOurs else { throw Self.foreign }
        var found: FileDescriptor?
        let answer = shared.wait(until: deadline) { shared -> Result<Void, BootstrapError>? in
            if let failure = Self.failure(of: communicator, shared) { return .failure(failure) }
            found = shared.take(communicator: communicator, from: rank, index: index)
            if found != nil { return .success(()) }
            return Self.absence(of: rank, shared).map { .failure($0) }
        }
        try answer?.get()
        guard let socket = found.take() else {
            throw BootstrapError(
                .timedOut, "rank \(rank) of the world did not connect in time", phase: .connecting,
                culprit: rank)
        }
        return socket
    }

    /// Why a rank will not connect any more, nil while it may.
    private static func absence(of rank: Int, _ shared: SharedState) -> BootstrapError? {
        guard shared.gone.contains(rank) else { return nil }
        let what = shared.lost.contains(rank) ? "was lost" : "left"
        return BootstrapError(
            .rankLost, "rank \(rank) of the world \(what) before it connected", phase: .connecting,
            culprit: rank)
    }

    private static func failure(of communicator: UInt64, _ shared: SharedState) -> BootstrapError? {
        guard let registration = shared.registrations[communicator] else {
            return BootstrapError(
                .aborted, "the communicator is not registered", phase: .connecting)
        }
        if let cause = registration.status.cause {
            return BootstrapError(
                .aborted, cause.message, phase: .connecting,
                culprit: cause.culprit.map { registration.members[$0] })
        }
        return shared.ending.map { BootstrapError(.aborted, $0, phase: .connecting) }
    }

    static let foreign = BootstrapError(.aborted, AbortCause.foreign.message, phase: .connecting)
}
