internal import Bootstrap
internal import Platform

extension LivenessService {
    /// Lines for people: the graph, who is silent, and how long each failure takes to be noticed
    /// at worst.
    package var summary: [String] {
        guard isOurs else { return [AbortCause.foreign.message] }
        let neighbours = Neighbourhood(worldSize: membership.rankCount)
            .neighbours(of: membership.rank)
        let (connected, silent, lost) = shared.update { shared in
            (shared.connected.count, shared.silent.sorted(), shared.lost.sorted())
        }
        let watched = neighbours.count { rank in
            membership.isSameHost(rank, membership.rank)
                && membership.roster[rank].processIdentifier != Host.processIdentifier
        }
        var lines = [
            "liveness: \(connected) of \(neighbours.count) neighbours connected, "
                + "\(watched) watched by the kernel"
        ]
        if !silent.isEmpty { lines.append("silent ranks: \(silent)") }
        if !lost.isEmpty { lines.append("lost ranks: \(lost)") }
        let worst = configuration.worstCases(neighbourCount: neighbours.count)
        return lines + worst.map { "\($0.what): within \($0.text)" }
    }
}

extension LivenessConfiguration {
    /// How long something takes to be noticed by every survivor, at worst.
    package struct WorstCase: Sendable, Hashable {
        package var what: String
        /// nil counts from an operation's deadline.
        package var seconds: Double?

        package var text: String {
            guard let seconds else { return "1 s behind the operation's deadline" }
            return "\((seconds * 10).rounded(.up) / 10) s"
        }
    }

    /// A heartbeat until something is unacknowledged, the limit, the window in which losses are
    /// collected, and a quarter of a second for the flood.
    package func silentHostSeconds(neighbourCount: Int) -> Double {
        let heartbeat = Double(heartbeatNanoseconds(neighbourCount: neighbourCount)) / 1e9
        let window = Double(Times.lossWindow) / 1e9
        // Keepalive takes over where a silent neighbour is sent no more heartbeats; it asks in
        // steps of a third of the limit, a second at least.
        let silence = max(silenceSeconds, 1) + max(silenceSeconds / 3, 1)
        return heartbeat + silence + window + 0.25
    }

    /// What `docs/failure-detection.md` adds up, for these times.
    package func worstCases(neighbourCount: Int) -> [WorstCase] {
        [
            WorstCase(what: "a process that ends on a live host", seconds: 1),
            WorstCase(
                what: "a host or network that falls silent",
                seconds: silentHostSeconds(neighbourCount: neighbourCount)),
            WorstCase(what: "a data link that breaks between living ranks", seconds: 1),
            WorstCase(what: "a stopped or late rank", seconds: nil),
        ]
    }
}
