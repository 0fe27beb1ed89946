internal import FoundationEssentials
internal import GRPCCore

/// What can be said of a request before the store is asked, as etcd says it.
enum RequestLimit {
    /// Operations of a transaction, and of each branch of one.
    static let operationCount = 128
    /// Bytes of a request's keys and values.
    static let byteCount = 3 << 19
    /// Bytes of a message; a larger one does not get as far as a request.
    static let messageByteCount = byteCount + 512 << 10
}

extension Etcdserverpb_RangeRequest {
    func check() throws(RPCError) {
        if key.isEmpty { throw .emptyKey }
        if case .UNRECOGNIZED = sortOrder { throw .invalidSortOption }
        if case .UNRECOGNIZED = sortTarget { throw .invalidSortOption }
    }
}

extension Etcdserverpb_PutRequest {
    func check(_ rights: Rights) throws(RPCError) {
        if key.isEmpty { throw .emptyKey }
        if ignoreValue, !value.isEmpty { throw .valueProvided }
        if ignoreLease, lease != 0 { throw .leaseProvided }
        if byteCount > RequestLimit.byteCount { throw .requestTooLarge }
        try rights.requireWrite(KeySpan(key: key))
    }

    fileprivate var byteCount: Int { key.count + value.count }
}

extension Etcdserverpb_DeleteRangeRequest {
    func check(_ rights: Rights) throws(RPCError) {
        if key.isEmpty { throw .emptyKey }
        try rights.requireWrite(span)
    }

    fileprivate var span: KeySpan { KeySpan(key: key, rangeEnd: rangeEnd) }
}

extension Etcdserverpb_TxnRequest {
    /// Looks at both branches: what may not be done may not be asked for either.
    func check(_ rights: Rights) throws(RPCError) {
        try check(rights, operationLimit: RequestLimit.operationCount)
        if byteCount > RequestLimit.byteCount { throw .requestTooLarge }
        _ = try WrittenKeys(of: success)
        _ = try WrittenKeys(of: failure)
    }

    /// Bytes of keys and values.
    var byteCount: Int {
        let compared = compare.reduce(0) { sum, compare in
            if case .value(let value)? = compare.targetUnion { sum + value.count } else { sum }
        }
        return (success + failure).reduce(compared) { sum, operation in
            switch operation.request {
            case .requestPut(let put)?: sum + put.byteCount
            case .requestTxn(let inner)?: sum + inner.byteCount
            case .requestRange?, .requestDeleteRange?, nil: sum
            }
        }
    }

    private func check(_ rights: Rights, operationLimit: Int) throws(RPCError) {
        let count = max(compare.count, success.count, failure.count)
        if count > operationLimit { throw .tooManyOperations }
        for compare in compare where compare.key.isEmpty { throw .emptyKey }
        for operation in success + failure {
            switch operation.request {
            case .requestRange(let range)?: try range.check()
            case .requestPut(let put)?: try put.check(rights)
            case .requestDeleteRange(let delete)?: try delete.check(rights)
            // So the depth is bounded, too.
            case .requestTxn(let inner)?:
                try inner.check(rights, operationLimit: operationLimit - count)
            case nil: throw .keyNotFound
            }
        }
    }
}

/// The keys that the operations of a branch write: none may be put twice, or put and deleted.
private struct WrittenKeys {
    private var puts: Set<Data> = []
    private var deletions: [KeySpan] = []

    init(of operations: [Etcdserverpb_RequestOp]) throws(RPCError) {
        for case .requestDeleteRange(let delete)? in operations.map(\.request) {
            deletions.append(delete.span)
        }
        for case .requestTxn(let inner)? in operations.map(\.request) {
            let branches = [try WrittenKeys(of: inner.success), try WrittenKeys(of: inner.failure)]
            // Only one of the two is done, so they may have keys in common.
            let keys = branches[0].puts.union(branches[1].puts)
            for key in keys { try add(key) }
            deletions += branches.flatMap(\.deletions)
        }
        for case .requestPut(let put)? in operations.map(\.request) { try add(put.key) }
    }

    private mutating func add(_ key: Data) throws(RPCError) {
        if deletions.contains(where: { $0.contains(key) }) || !puts.insert(key).inserted {
            throw .duplicateKey
        }
    }
}
