/// The times of failure detection, and how ranks and operations are called in messages.
///
/// Every rank of a job should run with the same times: they are compared with nobody, but the
/// worst cases add up from them.
package struct LivenessConfiguration: Sendable {
    /// How often a rank speaks to its neighbours; never more than 32 messages a second in sum, so
    /// ranks with many neighbours speak less often.
    package var heartbeatSeconds = 0.25
    /// How long a neighbour may be silent before it is called so, and how long its kernel may
    /// leave data unacknowledged before its host counts as lost.
    package var silenceSeconds = 5.0
    /// How an operation is called in messages; Collectives gives its own reading of the header.
    package var describeOperation: @Sendable (HeaderWords, UInt64) -> String = { _, sequence in
        "operation #\(sequence)"
    }
    /// Where a rank of the world runs, such as `process 4711 on node-3`; the service knows.
    package var describePlace: (@Sendable (Int) -> String)?

    /// The NUMA node on whose processors the service thread runs; anywhere without one.
    package var numaNode: Int?

    package init() {}

    /// Fixed times, in nanoseconds. `docs/failure-detection.md` adds them up.
    package enum Times {
        /// A broken liveness connection waits this long for a sign of life, unless a second
        /// neighbour lost its connection to the same rank too.
        package static let closedHold: UInt64 = 200_000_000
        /// Hosts that fall silent together are collected this long, so that all ranks of one side
        /// of a partition name the same one.
        package static let lossWindow: UInt64 = 500_000_000
        /// An abort is told at once and carried out after this time: of those that several ranks
        /// begin together, as both sides of a mismatch do, the lowest rank's counts everywhere.
        package static let abortHold: UInt64 = 30_000_000
        /// A broken data link waits this long for a better cause, on the lowest rank that saw one…
        package static let suspicionHold: UInt64 = 300_000_000
        /// …and this long on every other, should the lowest not speak.
        package static let suspicionBackup: UInt64 = 500_000_000
        /// Neighbours have this long to answer an inquest.
        package static let answerWindow: UInt64 = 250_000_000
        /// The lowest rank whose deadline passed gives the verdict after this time…
        package static let verdict: UInt64 = 500_000_000
        /// …and any other after this, should the lowest not speak.
        package static let verdictBackup: UInt64 = 750_000_000
        /// Relayed departures are collected this long: n ranks that leave together are told in a
        /// few messages and not in n.
        package static let departureBatch: UInt64 = 20_000_000
    }

    /// The interval between two heartbeats of a rank with so many neighbours.
    package func heartbeatNanoseconds(neighbourCount: Int) -> UInt64 {
        let seconds = max(heartbeatSeconds, Double(neighbourCount) / 32)
        return UInt64(max(seconds, 0.001) * 1e9)
    }

    package var silenceNanoseconds: UInt64 { UInt64(max(silenceSeconds, 0.01) * 1e9) }
}
