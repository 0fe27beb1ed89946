internal import StoreSupport

/// What one phase took.
struct LoadPhase: Sendable {
    var seconds: Double
    /// Of the store, on all cores together.
    var coreSeconds: Double
    /// Calls that failed and were tried again.
    var failureCount: Int
}

/// What the store does for heartbeats alone.
struct HeartbeatFigures: Sendable {
    var perSecond = 0.0
    var coreShare = 0.0
    var byteCount = 0
}

/// The figures of one run.
struct LoadReport: Sendable {
    var backEnd: StoreBackEnd
    var agentCount: Int
    var watcherCount: Int
    var heartbeats = HeartbeatFigures()
    var latencies: [Double] = []
    var lostLeases = 0
    var failedRenewals = 0
    var peakByteCount = 0
    private var phases: [(name: String, phase: LoadPhase)] = []

    /// The bars that the control plane is held to.
    private static let heartbeatShareLimit = 0.05
    private static let settlingSecondsLimit = 30.0

    init(backEnd: StoreBackEnd, agentCount: Int, watcherCount: Int) {
        self.backEnd = backEnd
        self.agentCount = agentCount
        self.watcherCount = watcherCount
    }

    mutating func note(_ name: String, _ phase: LoadPhase) {
        phases.append((name, phase))
    }

    /// What is not as it should be; nil when nothing is.
    var finding: String? {
        // What etcd takes is for comparison.
        if backEnd == .embedded, heartbeats.coreShare >= Self.heartbeatShareLimit {
            return "heartbeats take \(Self.shown(heartbeats.coreShare * 100)) % of a core:"
                + " less than \(Self.shown(Self.heartbeatShareLimit * 100)) % is due"
        }
        if let slow = phases.first(where: { $0.phase.seconds > Self.settlingSecondsLimit }) {
            return "\(slow.name): took \(Self.shown(slow.phase.seconds)) s"
        }
        return lostLeases > 0 ? "\(lostLeases) agents lost their leases" : nil
    }

    var markdown: String {
        let sorted = latencies.sorted()
        let median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        var rows = phases.map { name, phase in
            (
                name,
                "\(Self.shown(phase.seconds)) s, \(Self.shown(phase.coreSeconds)) core seconds,"
                    + " \(phase.failureCount) calls tried again"
            )
        }
        rows += [
            ("heartbeats", "\(Self.shown(heartbeats.perSecond)) a second"),
            ("heartbeats' share of a core", "\(Self.shown(heartbeats.coreShare * 100)) %"),
            (
                "a change until every watcher has it",
                "median \(Self.shown(median * 1e3)) ms, at most"
                    + " \(Self.shown((sorted.last ?? 0) * 1e3)) ms, of \(sorted.count)"
            ),
            ("memory of the controller, at rest", Self.mebibytes(heartbeats.byteCount)),
            ("memory of the controller, at most", Self.mebibytes(peakByteCount)),
            ("leases lost", "\(lostLeases)"),
        ]
        let title = "\(backEnd), \(agentCount) agents, \(watcherCount) of them watch all"
        return "| \(title) | |\n|---|---|\n"
            + rows.map { "| \($0.0) | \($0.1) |" }.joined(separator: "\n")
    }

    private static func mebibytes(_ byteCount: Int) -> String { "\(byteCount >> 20) MiB" }

    /// Two digits behind the point.
    private static func shown(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
