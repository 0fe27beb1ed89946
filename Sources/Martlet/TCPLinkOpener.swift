internal import Bootstrap
internal import Collectives
internal import Liveness
internal import Platform
internal import TCPTransport
internal import Transport

/// Opens the TCP links of one communicator: of each pair, the higher rank connects.
final class TCPLinkOpener: LinkOpener {
    private let world: World
    private let identifier: UInt64
    private let worldRanks: [Int]
    private let rank: Int
    private let status: CommunicatorStatus

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
        var links: [TCPLink] = []
        for peer in peers {
            guard peer < rank else {
                links.append(try link(try awaitSocket(from: peer, deadline: deadline)))
                continue
            }
            guard let socket = arrivals[peer]?.take() else {
                throw CollectiveError(
                    .system, "the connection to rank \(peer) got lost", culprit: peer,
                    phase: .joining)
            }
            links.append(try link(socket))
        }
        return links
    }

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

    func reason(for peer: Int) -> String {
        world.membership.isSameHost(worldRanks[peer], worldRanks[rank])
            ? "same host, the only transport built in" : "other host, the only transport built in"
    }

    private func target(_ peer: Int) -> Connector.Target {
        let member = world.membership.roster[worldRanks[peer]]
        return Connector.Target(
            address: member.endpoint,
            purpose: Purpose(
                .data, communicator: identifier, epoch: world.membership.epoch,
                fromRank: worldRanks[rank], toRank: worldRanks[peer]))
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

    private func link(_ socket: consuming FileDescriptor) throws(CollectiveError) -> TCPLink {
        do {
            return try TCPLink(
                socket: socket, timeoutSeconds: world.configuration.silenceSeconds)
        } catch {
            throw CollectiveError(error, phase: .joining)
        }
    }
}
