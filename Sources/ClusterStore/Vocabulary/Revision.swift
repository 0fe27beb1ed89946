/// A moment in the history of the store: each transaction that changes something makes the next.
package struct Revision: Hashable, Sendable, RawRepresentable {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Before anything: what a key that does not exist was created and modified at.
    package static let zero = Revision(0)

    package var next: Revision { Revision(rawValue + 1) }
}

extension Revision: Comparable, CustomStringConvertible {
    package static func < (left: Revision, right: Revision) -> Bool {
        left.rawValue < right.rawValue
    }

    package var description: String { "\(rawValue)" }
}
