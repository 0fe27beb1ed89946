/// Who answered, and where the store's history stood.
package struct ResponseHeader: Sendable, Hashable {
    package var clusterID: UInt64
    package var memberID: UInt64
    package var revision: Revision

    package init(clusterID: UInt64, memberID: UInt64, revision: Revision) {
        self.clusterID = clusterID
        self.memberID = memberID
        self.revision = revision
    }
}

/// What a range held.
package struct RangeResult: Sendable, Hashable {
    package var header: ResponseHeader
    package var keyValues: [KeyValue]
    /// Whether the limit left keys out.
    package var hasMore: Bool
    /// How many keys the range has, with those that a limit left out.
    package var count: Int64

    package init(header: ResponseHeader, keyValues: [KeyValue], hasMore: Bool, count: Int64) {
        self.header = header
        self.keyValues = keyValues
        self.hasMore = hasMore
        self.count = count
    }

    package var first: KeyValue? { keyValues.first }
    package var revision: Revision { header.revision }
}

package struct PutResult: Sendable, Hashable {
    package var header: ResponseHeader
    package var previous: KeyValue?

    package init(header: ResponseHeader, previous: KeyValue? = nil) {
        self.header = header
        self.previous = previous
    }

    /// The revision that the put made.
    package var revision: Revision { header.revision }
}

package struct DeleteResult: Sendable, Hashable {
    package var header: ResponseHeader
    package var deletedCount: Int64
    package var previous: [KeyValue]

    package init(header: ResponseHeader, deletedCount: Int64, previous: [KeyValue] = []) {
        self.header = header
        self.deletedCount = deletedCount
        self.previous = previous
    }

    package var revision: Revision { header.revision }
}

package struct TransactionResult: Sendable, Hashable {
    package indirect enum Response: Sendable, Hashable {
        case range(RangeResult)
        case put(PutResult)
        case delete(DeleteResult)
        case transaction(TransactionResult)

        /// The keys of a range; nil for other operations.
        package var keyValues: [KeyValue]? {
            if case .range(let result) = self { result.keyValues } else { nil }
        }
    }

    package var header: ResponseHeader
    /// Whether all conditions held.
    package var succeeded: Bool
    /// One for each operation of the branch that was taken.
    package var responses: [Response]

    package init(header: ResponseHeader, succeeded: Bool, responses: [Response]) {
        self.header = header
        self.succeeded = succeeded
        self.responses = responses
    }

    package var revision: Revision { header.revision }
}

/// What a member says of itself.
package struct StoreStatus: Sendable, Hashable {
    package var header: ResponseHeader
    package var version: String
    package var databaseByteCount: Int64
    /// The endpoint that answered.
    package var endpoint: String

    package init(
        header: ResponseHeader, version: String, databaseByteCount: Int64, endpoint: String
    ) {
        self.header = header
        self.version = version
        self.databaseByteCount = databaseByteCount
        self.endpoint = endpoint
    }
}
