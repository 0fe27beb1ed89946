import Schedules
package import TestSupport

/// One rank is killed or stopped, at one moment of one kind of job.
struct DeathCell: DrillCell {
    enum Signal: String, CaseIterable {
        case kill = "SIGKILL"
        case stop = "SIGSTOP"
    }

    /// Where the rank is when the signal comes.
    enum Phase: String, CaseIterable {
        /// In the meeting, of which one rank is late.
        case meeting
        /// Between the meeting and the return of `join`.
        case joining
        /// Outside of the operation that all others have entered.
        case first = "first operation"
        /// Among repeated all-reduces of 8 bytes.
        case small = "8 B"
        /// In the middle of a large all-reduce.
        case large = "large"
        /// Inside `leave`, while the others call.
        case leaving
        /// Inside `leave`, as all others.
        case teardown

        /// The other phases are the same whatever carries the operations.
        var dependsOnAlgorithm: Bool { self == .first || self == .small || self == .large }
    }

    var signal: Signal
    var phase: Phase
    var rankCount: Int
    var victim: Int
    var algorithm: Algorithm
    /// The victim has a child that lives on with all inherited descriptors, and never execs.
    var hasForked = false
    /// Bytes of a large operation.
    var largeByteCount = 32 << 20

    var description: String {
        let size = phase == .large ? "\(largeByteCount >> 20) MiB" : phase.rawValue
        let way = phase.dependsOnAlgorithm ? " by \(algorithm.name)" : ""
        return "death of \(victim) of \(rankCount) by \(signal.rawValue) in \(size)\(way)"
            + (hasForked ? " after fork" : "")
    }

    /// The deadline of an operation: short after a stop, as long as a large operation may take on
    /// a busy host, and out of the way after a kill.
    var operationSeconds: Double {
        switch (signal, phase) {
        case (.kill, _): 60
        case (.stop, .large): largeByteCount > 64 << 20 ? 20 : 5
        case (.stop, _): 2
        }
    }

    static let joinSeconds = 3.0
}

/// Every rank dies in every phase.
package enum DeathDrill: Drill {
    package static let name = "death"

    package static func cells(
        isFull: Bool, using generator: inout SeededGenerator
    ) -> [any DrillCell] {
        let cells = all(largeByteCount: isFull ? 256 << 20 : 32 << 20)
        guard !isFull else { return cells }
        // Of every phase a kill or two, and some stops, each of which takes seconds.
        var sample: [DeathCell] = []
        for phase in DeathCell.Phase.allCases {
            let kills = cells.filter { $0.phase == phase && $0.signal == .kill }
            let stops = cells.filter { $0.phase == phase && $0.signal == .stop }
            for forks in [false, true] {
                let some = kills.filter { $0.hasForked == forks }
                sample += some.shuffled(using: &generator).prefix(forks ? 1 : 2)
            }
            if phase != .joining { sample += stops.shuffled(using: &generator).prefix(1) }
        }
        return sample
    }

    private static func all(largeByteCount: Int) -> [DeathCell] {
        var cells: [DeathCell] = []
        for signal in DeathCell.Signal.allCases {
            for phase in DeathCell.Phase.allCases {
                let ways =
                    phase.dependsOnAlgorithm ? Algorithm.available(for: .allReduce) : [.ring]
                for rankCount in [2, 4, 5] where rankCount > 2 || phase != .meeting {
                    for victim in 0..<rankCount {
                        for way in ways {
                            cells.append(
                                DeathCell(
                                    signal: signal, phase: phase, rankCount: rankCount,
                                    victim: victim, algorithm: way,
                                    largeByteCount: largeByteCount))
                        }
                    }
                }
            }
        }
        let forked = cells.filter { $0.phase.dependsOnAlgorithm && $0.rankCount == 4 }
        return cells
            + forked.map { cell in
                var copy = cell
                copy.hasForked = true
                return copy
            }
    }
}
