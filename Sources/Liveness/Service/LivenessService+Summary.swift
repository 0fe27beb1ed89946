package import Bootstrap
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

    /// What `docs/failure-detection.md` adds up, for these times.
    package func worstCases(neighbourCount: Int) -> [WorstCase] {
        let heartbeat = Double(heartbeatNanoseconds(neighbourCount: neighbourCount)) / 1e9
        let window = Double(Times.lossWindow) / 1e9
        // Keepalive takes over where a silent neighbour is sent no more heartbeats; it asks in
        // steps of a third of the limit, a second at least.
        let silence = max(silenceSeconds, 1) + max(silenceSeconds / 3, 1)
        return [
            WorstCase(what: "a process that ends on a live host", seconds: 1),
            WorstCase(
                what: "a host or network that falls silent",
                seconds: heartbeat + silence + window + 0.25),
            WorstCase(what: "a data link that breaks between living ranks", seconds: 1),
            WorstCase(what: "a stopped or late rank", seconds: nil),
        ]
    }
}

extension LivenessConfiguration {
    /// The times as `MARTLET_HEARTBEAT_SECONDS` and `MARTLET_SILENCE_SECONDS` set them; values that
    /// are no positive numbers of at most an hour are refused.
    package static func fromEnvironment() throws(BootstrapError) -> LivenessConfiguration {
        var configuration = LivenessConfiguration()
        if let seconds = try seconds("MARTLET_HEARTBEAT_SECONDS") {
            configuration.heartbeatSeconds = seconds
        }
        if let seconds = try seconds("MARTLET_SILENCE_SECONDS") {
            configuration.silenceSeconds = seconds
        }
        return configuration
    }

    private static func seconds(_ name: String) throws(BootstrapError) -> Double? {
        guard let text = Host.environment(name) else { return nil }
        guard let seconds = Double(text), seconds > 0, seconds <= 3600 else {
            throw BootstrapError(
                .invalidConfiguration,
                "\(name) must be a number of seconds between 0 and 3600, not '\(text)'",
                phase: .configuration)
        }
        return seconds
    }
}
