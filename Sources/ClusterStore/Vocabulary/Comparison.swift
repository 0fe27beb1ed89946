extension Transaction {
    /// A condition on one key, or on all keys of a range.
    ///
    /// A key that does not exist has zero as its version, revisions and lease, and fails every
    /// comparison of its value. A range without keys passes every comparison except that of values.
    package struct Comparison: Sendable, Hashable {
        package enum Relation: Sendable, Hashable, CaseIterable {
            case equal, greater, less, notEqual
        }

        package enum Target: Sendable, Hashable {
            case version(Int64)
            case createRevision(Revision)
            case modRevision(Revision)
            case value([UInt8])
            case lease(LeaseID?)
        }

        package var range: KeyRange
        package var relation: Relation
        package var target: Target

        package init(_ range: KeyRange, _ relation: Relation, _ target: Target) {
            self.range = range
            self.relation = relation
            self.target = target
        }
    }
}

extension Transaction.Comparison {
    package static func version(of key: Key, _ relation: Relation, _ value: Int64) -> Self {
        Self(.key(key), relation, .version(value))
    }

    package static func createRevision(
        of key: Key, _ relation: Relation, _ revision: Revision
    ) -> Self {
        Self(.key(key), relation, .createRevision(revision))
    }

    package static func modRevision(
        of key: Key, _ relation: Relation, _ revision: Revision
    ) -> Self {
        Self(.key(key), relation, .modRevision(revision))
    }

    package static func value(of key: Key, _ relation: Relation, _ value: [UInt8]) -> Self {
        Self(.key(key), relation, .value(value))
    }

    package static func lease(of key: Key, _ relation: Relation, _ lease: LeaseID?) -> Self {
        Self(.key(key), relation, .lease(lease))
    }

    /// The key is not there.
    package static func isMissing(_ key: Key) -> Self {
        .createRevision(of: key, .equal, .zero)
    }

    /// The key is there.
    package static func exists(_ key: Key) -> Self {
        .createRevision(of: key, .greater, .zero)
    }
}
