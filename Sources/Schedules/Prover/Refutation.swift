/// Why a schedule must not run: the first fault that the prover found.
public struct Refutation: Error, Sendable, Hashable {
    /// What is wrong.
    public struct Fault: Sendable, Hashable {
        private enum Storage: UInt8 {
            case malformed, unmatched, cycle, overwrite, unwritten, lending, contribution
            case finality, association
        }
        private let storage: Storage

        /// A step that means nothing: chunks, peer, place or dependency are out of range.
        public static let malformed = Fault(storage: .malformed)
        /// Two ends of a link disagree on what it carries.
        public static let unmatched = Fault(storage: .unmatched)
        /// Steps wait for one another in a circle.
        public static let cycle = Fault(storage: .cycle)
        /// Memory is written while another step may still read or write it.
        public static let overwrite = Fault(storage: .overwrite)
        /// Memory is read that nothing is sure to have written.
        public static let unwritten = Fault(storage: .unwritten)
        /// What a link lent is used twice, after its release, or never given back.
        public static let lending = Fault(storage: .lending)
        /// A result lacks a rank's contribution or holds it twice.
        public static let contribution = Fault(storage: .contribution)
        /// A combination that completes a result is not marked final, or another one is.
        public static let finality = Fault(storage: .finality)
        /// Ranks combine the same operands in different orders and could end with different bits.
        public static let association = Fault(storage: .association)
    }

    public var fault: Fault
    /// The rank at fault, where there is one.
    public var rank: Int
    /// Index of the step at fault in the rank's program; nil where a step is missing.
    public var step: Int?
    /// What is wrong, in words.
    public var message: String
    /// The steps that wait for one another, each for the next and the last for the first.
    public var cycle: [StepReference]

    public init(
        _ fault: Fault, rank: Int, step: Int?, _ message: String, cycle: [StepReference] = []
    ) {
        self.fault = fault
        self.rank = rank
        self.step = step
        self.message = message
        self.cycle = cycle
    }
}

/// One step of one rank.
public struct StepReference: Sendable, Hashable, CustomStringConvertible {
    public var rank: Int
    /// Index in the rank's program.
    public var step: Int

    public init(rank: Int, step: Int) {
        self.rank = rank
        self.step = step
    }

    public var description: String { "rank \(rank) step \(step)" }
}

extension Refutation: CustomStringConvertible {
    public var description: String {
        guard let step else { return "rank \(rank): \(message)" }
        return "rank \(rank) step \(step): \(message)"
    }
}
