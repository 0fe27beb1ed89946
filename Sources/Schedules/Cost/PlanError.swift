/// Why the text of a plan cannot be used.
public struct PlanError: Error, Sendable, Hashable {
    public struct Code: Sendable, Hashable {
        private enum Storage: UInt8 { case syntax, version, value, missing, repeated }
        private let storage: Storage

        /// A line that is none of a plan's.
        public static let syntax = Code(storage: .syntax)
        /// The text is of another version, or no plan at all.
        public static let version = Code(storage: .version)
        /// A value is out of range or makes no sense.
        public static let invalidValue = Code(storage: .value)
        /// A line that every plan has is not there.
        public static let missing = Code(storage: .missing)
        /// A line stands twice that may stand once.
        public static let repeated = Code(storage: .repeated)
    }

    public var code: Code
    /// The line at fault, counted from one; the last where one is missing.
    public var line: Int
    public var expected: String
    public var found: String
}

extension PlanError: CustomStringConvertible {
    public var description: String {
        "line \(line) of the plan: expected \(expected), found \(found)"
    }
}
