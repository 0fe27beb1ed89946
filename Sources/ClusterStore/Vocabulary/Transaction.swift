/// Operations that happen together, or others in their place, as comparisons decide.
///
///     Transaction()
///         .when(.modRevision(of: key, .equal, seen))
///         .then(.put(key, value))
///         .otherwise(.range(.key(key)))
package struct Transaction: Sendable, Hashable {
    package var comparisons: [Comparison] = []
    package var success: [Operation] = []
    package var failure: [Operation] = []

    package init() {}

    /// Adds conditions; all of them must hold.
    package func when(_ comparisons: Comparison...) -> Transaction {
        var copy = self
        copy.comparisons += comparisons
        return copy
    }

    /// Adds what is done where all conditions hold.
    package func then(_ operations: Operation...) -> Transaction {
        var copy = self
        copy.success += operations
        return copy
    }

    /// Adds what is done where one does not.
    package func otherwise(_ operations: Operation...) -> Transaction {
        var copy = self
        copy.failure += operations
        return copy
    }

    /// Whether it can change anything.
    package var isReadOnly: Bool {
        (success + failure).allSatisfy(\.isReadOnly)
    }
}

extension Transaction {
    /// One operation of a transaction.
    package indirect enum Operation: Sendable, Hashable {
        case range(RangeQuery)
        case put(PutRequest)
        case delete(DeleteRequest)
        case transaction(Transaction)

        package static func range(_ range: KeyRange) -> Operation {
            .range(RangeQuery(range))
        }

        package static func put(_ key: Key, _ value: [UInt8], lease: LeaseID? = nil) -> Operation {
            .put(PutRequest(key, value, lease: lease))
        }

        package static func delete(_ range: KeyRange) -> Operation {
            .delete(DeleteRequest(range))
        }

        package var isReadOnly: Bool {
            switch self {
            case .range: true
            case .put, .delete: false
            case .transaction(let inner): inner.isReadOnly
            }
        }
    }
}
