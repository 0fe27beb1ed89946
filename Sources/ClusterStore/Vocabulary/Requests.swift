/// Which keys to read, and how.
package struct RangeQuery: Sendable, Hashable {
    package enum Order: Sendable, Hashable {
        case none, ascending, descending
    }
    package enum SortTarget: Sendable, Hashable {
        case key, version, createRevision, modRevision, value
    }

    package var range: KeyRange
    /// How many keys at most; nil for all.
    package var limit: Int64?
    /// The revision to read at; nil for the latest.
    package var revision: Revision?
    package var order: Order = .none
    package var sortTarget: SortTarget = .key
    /// Whether values stay behind.
    package var keysOnly = false
    /// Whether keys stay behind, too: only `count` is answered.
    package var countOnly = false
    /// Whether a member may answer from what it has, without asking the others: possibly stale.
    package var isSerializable = false
    package var minModRevision: Revision?
    package var maxModRevision: Revision?
    package var minCreateRevision: Revision?
    package var maxCreateRevision: Revision?

    package init(_ range: KeyRange, limit: Int64? = nil, revision: Revision? = nil) {
        self.range = range
        self.limit = limit
        self.revision = revision
    }
}

/// A key to write.
package struct PutRequest: Sendable, Hashable {
    package var key: Key
    package var value: [UInt8]
    package var lease: LeaseID?
    /// Whether the answer has what was there before.
    package var returnsPrevious = false
    /// Whether the value stays as it is; the key must exist.
    package var ignoresValue = false
    /// Whether the lease stays as it is; the key must exist.
    package var ignoresLease = false

    package init(_ key: Key, _ value: [UInt8], lease: LeaseID? = nil) {
        self.key = key
        self.value = value
        self.lease = lease
    }
}

/// Keys to delete.
package struct DeleteRequest: Sendable, Hashable {
    package var range: KeyRange
    /// Whether the answer has what was there before.
    package var returnsPrevious = false

    package init(_ range: KeyRange, returnsPrevious: Bool = false) {
        self.range = range
        self.returnsPrevious = returnsPrevious
    }
}
