import Bootstrap
import CLinux
import Platform
import Testing

@testable import Liveness

/// All ranks of a world in this process: each has a service, a communicator of all ranks, and no
/// thread but the service's.
final class ThreadedWorld: Sendable {
    static let communicator: UInt64 = 1

    let services: [LivenessService]
    let statuses: [CommunicatorStatus]

    init(rankCount: Int, start: Bool = true) throws {
        let memberships = try Self.meet(rankCount: rankCount)
        var configuration = LivenessConfiguration()
        configuration.silenceSeconds = 2
        services = memberships.map {
            LivenessService(membership: $0, configuration: configuration)
        }
        statuses = try services.map { service in
            let status = CommunicatorStatus(wake: try EventDescriptor())
            service.register(
                communicator: Self.communicator, memberWorldRanks: Array(0..<rankCount),
                status: status)
            return status
        }
        guard start else { return }
        try Self.together(services) { service in
            try service.start(deadline: Deadline(secondsFromNow: 60))
        }
    }

    func leave() throws {
        try Self.together(services) { service in
            service.unregister(communicator: Self.communicator)
            service.leave(deadline: Deadline(secondsFromNow: 5))
        }
    }

    /// The causes of all given ranks, once all have one.
    func causes(_ ranks: [Int], seconds: Double = 30) throws -> [AbortCause] {
        let deadline = Deadline(secondsFromNow: seconds)
        return try ranks.map { rank in
            _ = try StreamSocket.wait(
                statuses[rank].wakeDescriptor, for: Int32(POLLIN), until: deadline)
            return try #require(statuses[rank].cause, "rank \(rank) has no cause")
        }
    }

    /// Does the same for all at the same time, each on a thread of its own.
    static func together<Item: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) throws -> Void
    ) throws {
        let failures = Monitor<(done: Int, errors: [String])>((0, []))
        for item in items {
            try Thread(name: "rank") {
                do {
                    try body(item)
                    failures.update { $0.done += 1 }
                } catch {
                    failures.update { failures in
                        failures.done += 1
                        failures.errors.append("\(error)")
                    }
                }
            }.detach()
        }
        let errors = failures.wait(until: Deadline(secondsFromNow: 90)) { failures in
            failures.done == items.count ? failures.errors : nil
        }
        #expect(errors == [])
    }

    private static func meet(rankCount: Int) throws -> [Membership] {
        let address = try #require(SocketAddress(digits: "127.0.0.1", port: 0))
        let listener = try StreamSocket.listen(on: address)
        let port = try StreamSocket.localAddress(listener.rawValue).port
        let credentials = try Credentials(
            job: "liveness-test", secret: Array(repeating: 0x5a, count: 32))
        let inherited = listener.release()
        let found = Monitor<[Int: Membership]>([:])
        try together(Array(0..<rankCount)) { rank in
            var configuration = JoinConfiguration(
                rank: rank, rankCount: rankCount,
                place: .address(host: "127.0.0.1", port: port), credentials: credentials,
                timeoutSeconds: 60)
            if rank == 0 { configuration.inheritedListener = InheritedListener(inherited) }
            let membership = try Meeting.join(configuration)
            found.update { $0[rank] = membership }
        }
        let all = found.update { $0 }
        return try (0..<rankCount).map { try #require(all[$0]) }
    }
}
