// From the vocabulary to the messages of the protocol.

extension Etcdserverpb_RangeRequest {
    init(_ query: RangeQuery) {
        key = query.range.start.data
        rangeEnd = query.range.end.data
        limit = query.limit ?? 0
        revision = query.revision?.rawValue ?? 0
        sortOrder =
            switch query.order {
            case .none: .none
            case .ascending: .ascend
            case .descending: .descend
            }
        sortTarget =
            switch query.sortTarget {
            case .key: .key
            case .version: .version
            case .createRevision: .create
            case .modRevision: .mod
            case .value: .value
            }
        serializable = query.isSerializable
        keysOnly = query.keysOnly
        countOnly = query.countOnly
        minModRevision = query.minModRevision?.rawValue ?? 0
        maxModRevision = query.maxModRevision?.rawValue ?? 0
        minCreateRevision = query.minCreateRevision?.rawValue ?? 0
        maxCreateRevision = query.maxCreateRevision?.rawValue ?? 0
    }
}

extension Etcdserverpb_PutRequest {
    init(_ request: PutRequest) {
        key = request.key.bytes.data
        value = request.value.data
        lease = request.lease?.rawValue ?? 0
        prevKv = request.returnsPrevious
        ignoreValue = request.ignoresValue
        ignoreLease = request.ignoresLease
    }
}

extension Etcdserverpb_DeleteRangeRequest {
    init(_ request: DeleteRequest) {
        key = request.range.start.data
        rangeEnd = request.range.end.data
        prevKv = request.returnsPrevious
    }
}

extension Etcdserverpb_TxnRequest {
    init(_ transaction: Transaction) {
        compare = transaction.comparisons.map(Etcdserverpb_Compare.init)
        success = transaction.success.map(Etcdserverpb_RequestOp.init)
        failure = transaction.failure.map(Etcdserverpb_RequestOp.init)
    }
}

extension Etcdserverpb_RequestOp {
    init(_ operation: Transaction.Operation) {
        request =
            switch operation {
            case .range(let query): .requestRange(Etcdserverpb_RangeRequest(query))
            case .put(let put): .requestPut(Etcdserverpb_PutRequest(put))
            case .delete(let delete):
                .requestDeleteRange(Etcdserverpb_DeleteRangeRequest(delete))
            case .transaction(let inner): .requestTxn(Etcdserverpb_TxnRequest(inner))
            }
    }
}

extension Etcdserverpb_Compare {
    init(_ comparison: Transaction.Comparison) {
        key = comparison.range.start.data
        rangeEnd = comparison.range.end.data
        result =
            switch comparison.relation {
            case .equal: .equal
            case .greater: .greater
            case .less: .less
            case .notEqual: .notEqual
            }
        switch comparison.target {
        case .version(let number):
            target = .version
            targetUnion = .version(number)
        case .createRevision(let revision):
            target = .create
            targetUnion = .createRevision(revision.rawValue)
        case .modRevision(let revision):
            target = .mod
            targetUnion = .modRevision(revision.rawValue)
        case .value(let bytes):
            target = .value
            targetUnion = .value(bytes.data)
        case .lease(let lease):
            target = .lease
            targetUnion = .lease(lease?.rawValue ?? 0)
        }
    }
}
