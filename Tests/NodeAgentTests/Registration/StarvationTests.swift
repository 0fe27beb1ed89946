import ClusterStore
import Logging
import Platform
import StoreSupport
import TestSupport
import Testing

@testable import NodeAgent

/// Over etcd, which has a process of its own, whose threads nobody takes.
@Suite(.serialized) struct StarvationTests {
    @Test("The lease is renewed in time while every thread of the shared pool is held up")
    func starved() async throws {
        let store = try await EtcdServer.start(certificates: nil)
        let folder = try TemporaryDirectory()
        let client = try store.client { $0.threads = .own }
        let thread = AgentThread()
        let status = StatusHolder()
        var registration = Registration.Settings(
            cluster: "test", nodeId: "n", bootId: "b", instance: "i", probeAddress: "127.0.0.1:1",
            hostname: "h", seed: 1)
        registration.leaseSeconds = 3
        let driver = RegistrationDriver(
            registration, thread: thread, client: client,
            prober: ProbeClient(
                thread: thread, tls: nil,
                configuration: RunningConfiguration(AgentConfiguration())),
            state: try StateDirectory(path: folder.path), status: status,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in }
        driver.post(.content(VirtualCluster.content("n", "b")))
        #expect(try await Self.hasCome(to: .ready, status))
        let before = status.snapshot.counters.leaseRenewals
        Self.holdUpThePool(seconds: 10)
        let after = status.snapshot
        #expect(after.counters.leaseRenewals - before >= 6)
        #expect(after.counters.leasesLost == 0)
        #expect(after.counters.registrations == 1)
        driver.post(.stop(reason: "test"))
        // What answers later would meet a thread that has ended.
        #expect(try await Self.hasCome(to: .stopped, status))
        client.close()
        await thread.stop()
    }

    private static func hasCome(
        to phase: AgentStatus.Phase, _ status: StatusHolder
    ) async throws -> Bool {
        let deadline = Deadline(secondsFromNow: 20)
        while status.snapshot.phase != phase, !deadline.hasPassed {
            try await Task.sleep(for: .milliseconds(20))
        }
        return status.snapshot.phase == phase
    }

    /// Takes every thread of the pool, this one too, and every processor.
    private static func holdUpThePool(seconds: Double) {
        let end = Deadline(secondsFromNow: seconds)
        for _ in 0..<2 * Host.usableProcessorCount {
            Task.detached { while !end.hasPassed {} }
        }
        while !end.hasPassed {}
    }
}
