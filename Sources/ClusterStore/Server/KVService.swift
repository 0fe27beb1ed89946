internal import GRPCCore

/// etcd's KV service.
struct KVService: Etcdserverpb_KV.SimpleServiceProtocol {
    let store: KeyValueStore
    let access: AccessPolicy

    func range(
        request: Etcdserverpb_RangeRequest, context: ServerContext
    ) async throws -> Etcdserverpb_RangeResponse {
        _ = try access.rights(of: context)
        try request.check()
        return try await store.range(request)
    }

    func put(
        request: Etcdserverpb_PutRequest, context: ServerContext
    ) async throws -> Etcdserverpb_PutResponse {
        let rights = try access.rights(of: context)
        try request.check(rights)
        return try await store.put(request, rights: rights)
    }

    func deleteRange(
        request: Etcdserverpb_DeleteRangeRequest, context: ServerContext
    ) async throws -> Etcdserverpb_DeleteRangeResponse {
        try request.check(access.rights(of: context))
        return try await store.deleteRange(request)
    }

    func txn(
        request: Etcdserverpb_TxnRequest, context: ServerContext
    ) async throws -> Etcdserverpb_TxnResponse {
        let rights = try access.rights(of: context)
        try request.check(rights)
        return try await store.transaction(request, byteCount: request.byteCount, rights: rights)
    }

    func compact(
        request: Etcdserverpb_CompactionRequest, context: ServerContext
    ) async throws -> Etcdserverpb_CompactionResponse {
        try access.rights(of: context).requireOperator("compact the history")
        let revision = try await store.compact(
            to: request.revision, isPhysical: request.physical)
        var response = Etcdserverpb_CompactionResponse()
        response.header = store.header(revision)
        return response
    }
}
