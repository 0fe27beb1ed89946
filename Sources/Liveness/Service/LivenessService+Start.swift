internal import Bootstrap
internal import CLinux
internal import Platform

/// How the neighbours of the graph come together.
///
/// Higher ranks connect to lower ones, so that every pair does it once. A rank that learns of a
/// failure goes on connecting for a moment: what it knows must reach those that know nobody yet.
extension LivenessService {
    /// How long a rank that knows of a failure stays to tell it.
    private static let tellingSeconds = 1.0

    func connectToNeighbours(deadline: Deadline) throws(BootstrapError) {
        let neighbours = Neighbourhood(worldSize: membership.rankCount)
            .neighbours(of: membership.rank)
        let refusal = try connect(
            to: neighbours.filter { $0 < membership.rank }, deadline: deadline)
        let end =
            refusal == nil
            ? deadline : min(deadline, Deadline(secondsFromNow: Self.tellingSeconds))
        try awaitNeighbours(neighbours, deadline: end, refusal)
    }

    /// Connects to all that can be reached; answers what no other try would change.
    private func connect(
        to ranks: [Int], deadline: Deadline
    ) throws(BootstrapError) -> BootstrapError? {
        let connector = try Connector(credentials: membership.credentials)
        var pending: [Int: Int] = [:]
        for rank in ranks {
            pending[try connector.begin(target(rank), deadline: deadline)] = rank
        }
        var refusal: BootstrapError?
        var end = deadline
        while !pending.isEmpty, !end.hasPassed {
            for (identifier, outcome) in connector.progress() {
                guard let rank = pending.removeValue(forKey: identifier) else { continue }
                refusal = take(outcome, of: rank) ?? refusal
            }
            let (gone, failure) = shared.update { ($0.gone, startFailure($0)) }
            pending = pending.filter { !gone.contains($0.value) }
            if refusal != nil || failure != nil {
                end = min(end, Deadline(secondsFromNow: Self.tellingSeconds))
            }
            if !pending.isEmpty { Self.wait(for: connector) }
        }
        return refusal
    }

    private func target(_ rank: Int) -> Connector.Target {
        Connector.Target(
            address: membership.roster[rank].endpoint,
            purpose: Purpose(
                .liveness, epoch: membership.epoch, fromRank: membership.rank, toRank: rank),
            hasListened: true)
    }

    private func take(_ outcome: Connector.Outcome, of rank: Int) -> BootstrapError? {
        switch outcome {
        case .connected(let arrival):
            inbox.add(.linkUp(rank: rank, arrival))
            return nil
        case .failed(let error):
            guard error.systemCode == ECONNREFUSED else { return error }
            // Whether it has ended is for all to find out together.
            inbox.add(.refused(rank: rank))
            return nil
        }
    }

    private static func wait(for connector: Connector) {
        let milliseconds = min(20, connector.nextDeadline.remainingMilliseconds)
        _ = try? StreamSocket.wait(
            connector.pollDescriptor, forReadingMilliseconds: milliseconds)
    }

    /// Waits for all connections, or for a failure and then a moment for those that still can hear
    /// of it.
    private func awaitNeighbours(
        _ neighbours: [Int], deadline: Deadline, _ refusal: BootstrapError?
    ) throws(BootstrapError) {
        func isComplete(_ shared: SharedState) -> Bool {
            neighbours.allSatisfy { shared.connected.contains($0) || shared.gone.contains($0) }
        }
        let known = shared.wait(until: deadline) { shared -> Bool? in
            isComplete(shared) || startFailure(shared) != nil ? true : nil
        }
        let telling = min(deadline, Deadline(secondsFromNow: Self.tellingSeconds))
        if known != nil {
            _ = shared.wait(until: telling) { isComplete($0) ? true : nil }
        }
        if let failure = shared.update({ startFailure($0) }) ?? refusal { throw failure }
        let connected = shared.update { $0.connected }
        let missing = neighbours.filter { !connected.contains($0) }
        guard let first = missing.first else { return }
        let list = missing.prefix(8).map(String.init).joined(separator: ", ")
        throw BootstrapError(
            .missingRank, "no liveness connection from rank \(list) in time", phase: .completion,
            culprit: first)
    }

    /// Why the ranks cannot come together, as far as it is known.
    private func startFailure(_ shared: SharedState) -> BootstrapError? {
        if let rank = shared.lost.first {
            return BootstrapError(
                .rankLost, "rank \(rank) was lost while the ranks joined", phase: .completion,
                culprit: rank)
        }
        // Who is complete has been connected to us; who left before was not.
        let graph = Neighbourhood(worldSize: membership.rankCount)
        let strangers = shared.left.filter { rank in
            graph.areNeighbours(rank, membership.rank) && !shared.connected.contains(rank)
        }
        if let rank = strangers.min() {
            return BootstrapError(
                .rankLost, "rank \(rank) gave up while the ranks joined", phase: .completion,
                culprit: rank)
        }
        return shared.ending.map { BootstrapError(.aborted, $0, phase: .completion) }
    }
}

extension SharedState {
    /// Ranks that will not connect any more.
    var gone: Set<Int> { left.union(lost) }
}
