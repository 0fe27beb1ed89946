/// The header of an operation as its communicator sends it, kept as four words so that it can be
/// stored without a lock. Liveness carries it and never looks inside.
package struct HeaderWords: Sendable, Hashable {
    package var first: UInt64
    package var second: UInt64
    package var third: UInt64
    package var fourth: UInt64

    package init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
    }

    package static let zero = HeaderWords(0, 0, 0, 0)
}

/// How far a rank came in one communicator.
package struct OperationState: Sendable, Hashable {
    /// The sequence number of the operation entered last; 0 before the first.
    package var entered: UInt64
    /// The sequence number of the operation that ended last; less than `entered` while inside.
    package var completed: UInt64
    /// The header of the operation entered last, `.zero` before the first.
    package var header: HeaderWords

    package init(entered: UInt64 = 0, completed: UInt64 = 0, header: HeaderWords = .zero) {
        self.entered = entered
        self.completed = completed
        self.header = header
    }

    package var isInside: Bool { entered > completed }
}
