internal import FoundationEssentials
internal import GRDB
internal import GRPCCore

/// Requests as etcd answers them; headers bear the revision only, as they do inside of
/// transactions.
extension Draft {
    func put(
        _ request: Etcdserverpb_PutRequest, rights: Rights
    ) throws -> Etcdserverpb_PutResponse {
        try check(request, rights: rights)
        return try apply(request)
    }

    func deleteRange(
        _ request: Etcdserverpb_DeleteRangeRequest
    ) throws -> Etcdserverpb_DeleteRangeResponse {
        let span = KeySpan(key: request.key, rangeEnd: request.rangeEnd)
        var response = Etcdserverpb_DeleteRangeResponse()
        if request.prevKv { response.prevKvs = try snapshot.keyValues(in: span) }
        response.deleted = Int64(try delete(span).count)
        response.header.revision = snapshot.revision
        return response
    }

    /// Compares, checks all operations of the branch that is taken, nested ones too, and then does
    /// them.
    func transaction(
        _ request: Etcdserverpb_TxnRequest, rights: Rights
    ) throws -> Etcdserverpb_TxnResponse {
        var path = try path(of: request)[...]
        try check(request, path: path, rights: rights)
        return try apply(request, path: &path)
    }

    // MARK: Which branches are taken

    /// The branch of a transaction and then, in their order, those of the transactions in it. All
    /// are chosen before anything is changed.
    private func path(of request: Etcdserverpb_TxnRequest) throws -> [Bool] {
        let succeeds = try request.compare.allSatisfy(holds)
        var path = [succeeds]
        for case .requestTxn(let inner)? in request.branch(succeeds).map(\.request) {
            path += try self.path(of: inner)
        }
        return path
    }

    /// All keys of the range must compare; where there is none, one of zeros does, but for its value.
    private func holds(_ compare: Etcdserverpb_Compare) throws -> Bool {
        let span = KeySpan(key: compare.key, rangeEnd: compare.rangeEnd)
        let found = try snapshot.keyValues(in: span, withoutValues: compare.target != .value)
        if found.isEmpty { return compare.target != .value && compare.holds(Mvccpb_KeyValue()) }
        return found.allSatisfy(compare.holds)
    }

    // MARK: Checks

    private func check(_ request: Etcdserverpb_PutRequest, rights: Rights) throws {
        if request.ignoreValue || request.ignoreLease {
            guard try snapshot.count(in: KeySpan(key: request.key)) > 0 else {
                throw RPCError.keyNotFound
            }
        }
        guard request.lease != 0 else { return }
        guard let owner = try leaseOwner(request.lease) else { throw RPCError.leaseNotFound }
        try rights.requireLease(request.lease, of: owner)
    }

    private func check(
        _ request: Etcdserverpb_TxnRequest, path: ArraySlice<Bool>, rights: Rights
    ) throws {
        var rest = path
        try check(request, path: &rest, rights: rights)
    }

    private func check(
        _ request: Etcdserverpb_TxnRequest, path: inout ArraySlice<Bool>, rights: Rights
    ) throws {
        for operation in request.branch(path.removeFirst()) {
            switch operation.request {
            case .requestRange(let range)?: try snapshot.requireRevision(range.revision)
            case .requestPut(let put)?: try check(put, rights: rights)
            case .requestTxn(let inner)?: try check(inner, path: &path, rights: rights)
            case .requestDeleteRange?, nil: break
            }
        }
    }

    // MARK: Changes

    private func apply(
        _ request: Etcdserverpb_PutRequest
    ) throws -> Etcdserverpb_PutResponse {
        var response = Etcdserverpb_PutResponse()
        var (value, lease) = (request.value, request.lease)
        if request.prevKv || request.ignoreValue || request.ignoreLease {
            let before = try snapshot.keyValue(request.key)
            if request.ignoreValue { value = before?.value ?? Data() }
            if request.ignoreLease { lease = before?.lease ?? 0 }
            if request.prevKv, let before { response.prevKv = before }
        }
        try put(request.key, value, lease: lease)
        response.header.revision = snapshot.revision
        return response
    }

    private func apply(
        _ request: Etcdserverpb_TxnRequest, path: inout ArraySlice<Bool>
    ) throws -> Etcdserverpb_TxnResponse {
        var response = Etcdserverpb_TxnResponse()
        response.succeeded = path.removeFirst()
        response.responses = try request.branch(response.succeeded).map { operation in
            try apply(operation, path: &path)
        }
        response.header.revision = snapshot.revision
        return response
    }

    private func apply(
        _ operation: Etcdserverpb_RequestOp, path: inout ArraySlice<Bool>
    ) throws -> Etcdserverpb_ResponseOp {
        var response = Etcdserverpb_ResponseOp()
        switch operation.request {
        case .requestRange(let range)?:
            var answer = try snapshot.range(range)
            answer.header.revision = snapshot.revision
            response.responseRange = answer
        case .requestPut(let put)?: response.responsePut = try apply(put)
        case .requestDeleteRange(let delete)?:
            response.responseDeleteRange = try deleteRange(delete)
        case .requestTxn(let inner)?: response.responseTxn = try apply(inner, path: &path)
        case nil: break
        }
        return response
    }
}

extension Etcdserverpb_TxnRequest {
    func branch(_ succeeds: Bool) -> [Etcdserverpb_RequestOp] { succeeds ? success : failure }
}

extension Etcdserverpb_Compare {
    /// Whether one key compares.
    fileprivate func holds(_ found: Mvccpb_KeyValue) -> Bool {
        switch target {
        case .version: relates(found.version, version)
        case .create: relates(found.createRevision, createRevision)
        case .mod: relates(found.modRevision, modRevision)
        case .lease: relates(found.lease, lease)
        case .value:
            switch result {
            case .equal: found.value == value
            case .notEqual: found.value != value
            case .greater: value.lexicographicallyPrecedes(found.value)
            case .less: found.value.lexicographicallyPrecedes(value)
            case .UNRECOGNIZED: false
            }
        case .UNRECOGNIZED: false
        }
    }

    private func relates(_ found: Int64, _ wanted: Int64) -> Bool {
        switch result {
        case .equal: found == wanted
        case .notEqual: found != wanted
        case .greater: found > wanted
        case .less: found < wanted
        case .UNRECOGNIZED: false
        }
    }
}
