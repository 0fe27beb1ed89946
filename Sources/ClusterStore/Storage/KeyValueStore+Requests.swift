internal import FoundationEssentials
internal import GRPCCore

extension KeyValueStore {
    func range(
        _ request: Etcdserverpb_RangeRequest
    ) async throws(RPCError) -> Etcdserverpb_RangeResponse {
        var (response, revision) = try await read { snapshot in
            (try snapshot.range(request), snapshot.revision)
        }
        response.header = header(revision)
        return response
    }

    func put(
        _ request: Etcdserverpb_PutRequest, rights: Rights
    ) async throws(RPCError) -> Etcdserverpb_PutResponse {
        let byteCount = request.key.count + request.value.count
        var (response, revision) = try await write(byteCount: byteCount) { draft in
            try draft.put(request, rights: rights)
        }
        response.header = header(revision)
        return response
    }

    func deleteRange(
        _ request: Etcdserverpb_DeleteRangeRequest
    ) async throws(RPCError) -> Etcdserverpb_DeleteRangeResponse {
        var (response, revision) = try await write { draft in try draft.deleteRange(request) }
        response.header = header(revision)
        return response
    }

    func transaction(
        _ request: Etcdserverpb_TxnRequest, byteCount: Int, rights: Rights
    ) async throws(RPCError) -> Etcdserverpb_TxnResponse {
        var (response, revision) =
            if request.isReadOnly {
                try await read { snapshot in
                    let draft = Draft(
                        db: snapshot.db, revision: snapshot.revision,
                        compactedRevision: snapshot.compactedRevision)
                    return (
                        try draft.transaction(request, rights: rights), snapshot.revision
                    )
                }
            } else {
                try await write(byteCount: byteCount) { draft in
                    try draft.transaction(request, rights: rights)
                }
            }
        response.header = header(revision)
        return response
    }

    /// Gives up the history before a revision. Its rows go in the background, or, when `isPhysical`,
    /// before this returns.
    func compact(to revision: Int64, isPhysical: Bool) async throws(RPCError) -> Int64 {
        let (_, current) = try await write { draft in
            if revision <= draft.compactedRevision { throw RPCError.compacted }
            if revision > draft.revision { throw RPCError.futureRevision }
            try draft.compact(to: revision)
        }
        if isPhysical { try await sweep() }
        return current
    }

    /// Removes the rows of compacted revisions, some at a time, so that writers come in between.
    func sweep() async throws(RPCError) {
        while try await write({ draft in try draft.sweep() }).result {}
    }
}

extension Etcdserverpb_TxnRequest {
    /// Whether neither branch can change anything.
    fileprivate var isReadOnly: Bool {
        (success + failure).allSatisfy { operation in
            switch operation.request {
            case .requestPut?, .requestDeleteRange?: false
            case .requestTxn(let inner)?: inner.isReadOnly
            case .requestRange?, nil: true
            }
        }
    }
}
