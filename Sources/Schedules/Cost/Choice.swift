/// Which algorithm carries a call, and why.
public struct Choice: Sendable, Hashable {
    /// An algorithm that was weighed.
    public struct Candidate: Sendable, Hashable {
        public var algorithm: Algorithm
        public var profile: Profile
        public var prediction: Prediction
    }

    public var collective: Collective
    public var rankCount: Int
    public var byteCount: Int
    public var algorithm: Algorithm
    /// Whether a rule of the plan decided, not the prediction.
    public var isForced: Bool
    /// All algorithms that carry the collective, the fastest predicted one first.
    public var candidates: [Candidate]

    public var predictedNanoseconds: Int {
        candidates.first { $0.algorithm == algorithm }?.prediction.nanoseconds ?? 0
    }
}

extension CostTable {
    /// Weighs all algorithms that carry a collective; of equals the first available one wins. The
    /// same on every rank with the same table.
    ///
    /// - Complexity: O(log n), with a few allocations: once for each count that a communicator meets.
    public func choose(_ collective: Collective, rankCount: Int, byteCount: Int) -> Choice {
        let candidates = Algorithm.available(for: collective).map { algorithm in
            Choice.Candidate(
                algorithm: algorithm,
                profile: Profile(
                    collective: collective, algorithm: algorithm, rankCount: rankCount,
                    byteCount: byteCount),
                prediction: prediction(
                    of: collective, by: algorithm, rankCount: rankCount, byteCount: byteCount))
        }
        let ranked = candidates.enumerated().sorted { left, right in
            (left.element.prediction.nanoseconds, left.offset)
                < (right.element.prediction.nanoseconds, right.offset)
        }.map(\.element)
        return Choice(
            collective: collective, rankCount: rankCount, byteCount: byteCount,
            algorithm: ranked[0].algorithm, isForced: false, candidates: ranked)
    }
}

extension Choice {
    /// The choice in words, a line per candidate.
    public var explanation: String {
        let call = "\(collective.name) of \(byteCount) bytes among \(rankCount) ranks"
        let reason =
            isForced
            ? "goes by \(algorithm.name), as the plan demands"
            : candidates.count == 1
                ? "goes by \(algorithm.name), the only algorithm for it"
                : "goes by \(algorithm.name), predicted to be the fastest"
        return (["\(call) \(reason):"] + candidates.map(\.explanation)).joined(separator: "\n")
    }
}

extension Choice.Candidate {
    /// One line: the predicted time and what it is made of.
    public var explanation: String {
        let share =
            prediction.workNanoseconds > prediction.busiestNanoseconds
            ? "\(Choice.time(prediction.workNanoseconds)) of work shared by the cores"
            : "\(Choice.time(prediction.busiestNanoseconds)) of the busiest rank"
        return "  \(algorithm.name): \(Choice.time(prediction.nanoseconds))"
            + " = \(Choice.time(prediction.latencyNanoseconds)) latency of"
            + " \(profile.stepCount) steps + \(share)"
            + " (\(profile.busiestMessageCount) messages, \(profile.busiestByteCount) bytes)"
    }
}

extension Choice {
    /// A time with three digits and a unit that suits it.
    static func time(_ nanoseconds: Int) -> String {
        let units = [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)]
        let (unit, size) = units.last { nanoseconds >= $0.1 } ?? units[0]
        let whole = nanoseconds / size
        guard size > 1, whole < 100 else { return "\(whole) \(unit)" }
        let digitCount = whole < 10 ? 2 : 1
        let scale = digitCount == 2 ? 100 : 10
        let fraction = String(nanoseconds % size * scale / size)
        let zeros = String(repeating: "0", count: digitCount - fraction.count)
        return "\(whole).\(zeros)\(fraction) \(unit)"
    }
}
