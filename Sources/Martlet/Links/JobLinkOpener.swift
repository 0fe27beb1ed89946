internal import Bootstrap
internal import Collectives
internal import Liveness
internal import Platform
internal import SharedMemoryTransport
internal import Synchronization
internal import TCPTransport
internal import Transport

/// Opens the links of one communicator. Of each pair the higher rank connects; ranks of one host then
/// try to share memory, and keep the connection where they cannot.
final class JobLinkOpener: LinkOpener {
    private let world: World
    private let identifier: UInt64
    private let worldRanks: [Int]
    private let rank: Int
    private let status: CommunicatorStatus
    /// By peer, why its link is what it is.
    private let reasons = Mutex<[Int: String]>([:])

    init(
        world: World, identifier: UInt64, worldRanks: [Int], rank: Int,
        status: CommunicatorStatus
    ) {
        self.world = world
        self.identifier = identifier
        self.worldRanks = worldRanks
        self.rank = rank
        self.status = status
    }

    func openLinks(
        to peers: [Int], deadline: Deadline
    ) throws(CollectiveError) -> [any LinkOwner] {
        let lower = peers.filter { $0 < rank }
        let arrivals = Dictionary(
            uniqueKeysWithValues: zip(lower, try connect(to: lower, deadline: deadline)))
        var handovers = Handovers(
            HandoverSettings(
                node: world.placement.memoryNode, directory: Host.environment(Self.directory)),
            refusal: world.policy.refusalOfSharedMemory)
        var pairs: [Int: Handover] = [:]
        var links: [Int: any LinkOwner] = [:]
        for peer in peers {
            let socket = try socket(to: peer, arrivals[peer], deadline: deadline)
            if mayShareMemory(with: peer) {
                pairs[peer] = handovers.add("rank \(worldRanks[peer])", on: socket)
            } else {
                links[peer] = try separate(socket, peer, "other host")
            }
        }
        try run(handovers, of: pairs, deadline)
        for (peer, pair) in pairs { links[peer] = try link(of: pair, peer) }
        return peers.compactMap { links[$0] }
    }

    func reason(for peer: Int) -> String {
        reasons.withLock { $0[peer] } ?? ""
    }

    /// A directory for the sockets of ranks whose network namespaces differ.
    static let directory = "MARTLET_SHM_DIRECTORY"
}

// MARK: - Connections

extension JobLinkOpener {
    private func connect(
        to lower: [Int], deadline: Deadline
    ) throws(CollectiveError) -> [Arrival] {
        do {
            return try Connector.connectAll(
                lower.map(target), credentials: world.membership.credentials, deadline: deadline,
                isCancelled: { status.isAborted })
        } catch {
            throw failure(error)
        }
    }

    private func target(_ peer: Int) -> Connector.Target {
        let member = world.membership.roster[worldRanks[peer]]
        return Connector.Target(
            address: member.endpoint,
            purpose: Purpose(
                .data, communicator: identifier, epoch: world.membership.epoch,
                fromRank: worldRanks[rank], toRank: worldRanks[peer]))
    }

    /// The connection to a peer: made, to a lower rank; awaited, from a higher one.
    private func socket(
        to peer: Int, _ arrival: Arrival?, deadline: Deadline
    ) throws(CollectiveError) -> FileDescriptor {
        guard peer < rank else { return try awaitSocket(from: peer, deadline: deadline) }
        guard let socket = arrival?.take() else {
            throw CollectiveError(
                .system, "the connection to rank \(peer) got lost", culprit: peer,
                phase: .joining)
        }
        return socket
    }

    private func awaitSocket(
        from peer: Int, deadline: Deadline
    ) throws(CollectiveError) -> FileDescriptor {
        do {
            return try world.service.awaitLink(
                communicator: identifier, fromRank: worldRanks[peer], index: 0,
                deadline: deadline)
        } catch {
            throw failure(error)
        }
    }

    /// Bootstrap speaks of ranks of the world.
    private func failure(_ error: BootstrapError) -> CollectiveError {
        if let cause = status.cause { return CollectiveError(cause, sequence: 0) }
        let isLate = error.code == .timedOut || error.code == .unreachable
        return CollectiveError(
            isLate ? .timedOut : .system, "\(error)",
            culprit: error.culprit.flatMap { worldRanks.firstIndex(of: $0) }, phase: .joining,
            errorNumber: error.systemCode ?? 0)
    }
}

// MARK: - Which transport

extension JobLinkOpener {
    /// Whether two ranks run on the same kernel; what else they need shows when they try.
    private func mayShareMemory(with peer: Int) -> Bool {
        let roster = world.membership.roster
        let own = roster[worldRanks[rank]].host.bootIdentifier
        return !own.isEmpty && own == roster[worldRanks[peer]].host.bootIdentifier
    }

    private func run(
        _ handovers: borrowing Handovers, of pairs: [Int: Handover], _ deadline: Deadline
    ) throws(CollectiveError) {
        do {
            try handovers.run(until: deadline, isCancelled: { status.isAborted })
        } catch {
            // Whoever gives up closes its connections; why is on its way.
            if error.code == .peerGone {
                _ = try? StreamSocket.wait(
                    status.wakeDescriptor, forReadingMilliseconds: 250)
            }
            if let cause = status.cause { throw CollectiveError(cause, sequence: 0) }
            let isLate = error.code == .timedOut
            throw CollectiveError(
                isLate ? .timedOut : .system, error.message,
                culprit: isLate ? pairs.keys.filter { pairs[$0]?.isDone == false }.min() : nil,
                phase: .joining, errorNumber: error.errorNumber)
        }
    }

    private func link(of pair: Handover, _ peer: Int) throws(CollectiveError) -> any LinkOwner {
        switch pair.take() {
        case .some(.shared(let link)):
            reasons.withLock { $0[peer] = "same host" }
            return link
        case .some(.separate(let socket, let reason)):
            return try separate(socket, peer, "same host, but \(reason)")
        case .none:
            throw CollectiveError(.system, "a handover did not end", phase: .joining)
        }
    }

    /// Keeps a pair's connection as its link, where the policy lets it, and says why aloud.
    private func separate(
        _ socket: consuming FileDescriptor, _ peer: Int, _ reason: String
    ) throws(CollectiveError) -> any LinkOwner {
        let pair = "ranks \(worldRanks[rank]) and \(worldRanks[peer])"
        let isShareable = mayShareMemory(with: peer)
        if world.policy.tcp == .forbid || (isShareable && world.policy.sharedMemory == .require) {
            throw CollectiveError(
                .system,
                "\(pair) would have to speak tcp, which the policy "
                    + "\(world.policy.text) does not allow: \(reason)", phase: .joining)
        }
        if isShareable, world.policy.refusalOfSharedMemory == nil {
            Log.write(.warning, "\(pair) speak tcp: \(reason)")
        }
        reasons.withLock { $0[peer] = reason }
        do {
            return try TCPLink(
                socket: socket, timeoutSeconds: world.configuration.silenceSeconds)
        } catch {
            throw CollectiveError(error, phase: .joining)
        }
    }
}
