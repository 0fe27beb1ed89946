internal import ArgumentParser
internal import ClusterStore
internal import Platform
internal import StoreSupport

/// A thousand agents, as a control plane sees them, on one machine: registered, renewed, changed and
/// restarted, against the embedded store or etcd. Prints a table of Markdown.
@main
struct StoreLoad: AsyncParsableCommand {
    @Option(help: "etcd or embedded.")
    var backEnd = "embedded"
    @Option(help: "How many agents.")
    var agents = 1000
    @Option(help: "How many of them watch all nodes.")
    var watchers = 50
    @Option(help: "For how long heartbeats alone are measured, in seconds.")
    var seconds = 20.0
    @Option(help: "How often a change is timed until every watcher has it.")
    var changes = 20
    @Flag(help: "Fail when a restart does not settle, or heartbeats cost the embedded store 5 %.")
    var check = false

    func run() async throws {
        guard let kind = StoreBackEnd(rawValue: backEnd) else {
            throw ValidationError("--back-end is etcd or embedded")
        }
        // A connection each, here and in the store.
        let limit = try DescriptorLimit.current()
        try limit.apply(count: UInt64(agents) * 4 + 256)
        let store = try await kind.start()
        defer { store.stop() }
        let cluster = LoadCluster(store: store, agentCount: agents, watcherCount: watchers)
        var report = LoadReport(backEnd: kind, agentCount: agents, watcherCount: watchers)

        report.note("registered all at once", try await cluster.timed { try await cluster.start() })
        report.note(
            "watching", try await cluster.timed { try await cluster.watch() })
        let quiet = try await cluster.measureHeartbeats(seconds: seconds)
        report.heartbeats = quiet
        report.latencies = try await cluster.timeChanges(changes)
        report.note(
            "restarted all at once", try await cluster.timed { try await cluster.restart() })
        report.peakByteCount = cluster.usage.peakByteCount
        report.note(
            "controller killed and back: every lease renewed",
            try await cluster.timed { try await cluster.killController() })
        report.lostLeases = cluster.lostLeaseCount
        report.failedRenewals = cluster.failedRenewalCount
        report.peakByteCount = max(report.peakByteCount, cluster.usage.peakByteCount)
        await cluster.stop()
        print(report.markdown)
        if check, let finding = report.finding {
            print(finding)
            throw ExitCode(1)
        }
    }
}
