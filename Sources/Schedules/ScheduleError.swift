/// Why a program cannot be made for the arguments given.
public struct ScheduleError: Error, Sendable, Hashable {
    public struct Code: Sendable, Hashable {
        private enum Storage: UInt8 { case unavailable, rank, root, order, tree }
        private let storage: Storage

        /// The algorithm does not carry the collective.
        public static let unavailable = Code(storage: .unavailable)
        /// The rank or the number of ranks is out of range.
        public static let invalidRank = Code(storage: .rank)
        /// The root is not a rank.
        public static let invalidRoot = Code(storage: .root)
        /// The order is not a permutation of the ranks.
        public static let invalidOrder = Code(storage: .order)
        /// A tree does not span the ranks, or does not grow from the root.
        public static let invalidTree = Code(storage: .tree)
    }

    public var code: Code
    /// What is wrong, in words, with the offending values.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ScheduleError: CustomStringConvertible {
    public var description: String { message }
}
