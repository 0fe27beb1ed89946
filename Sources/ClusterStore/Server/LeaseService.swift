internal import GRPCCore

/// etcd's Lease service.
struct LeaseService: Etcdserverpb_Lease.SimpleServiceProtocol {
    let store: KeyValueStore
    let access: AccessPolicy

    func leaseGrant(
        request: Etcdserverpb_LeaseGrantRequest, context: ServerContext
    ) async throws -> Etcdserverpb_LeaseGrantResponse {
        let (lease, revision) = try await store.grantLease(
            id: request.id, seconds: request.ttl, rights: access.rights(of: context))
        var response = Etcdserverpb_LeaseGrantResponse()
        response.header = store.header(revision)
        response.id = lease.id
        response.ttl = lease.grantedSeconds
        return response
    }

    func leaseRevoke(
        request: Etcdserverpb_LeaseRevokeRequest, context: ServerContext
    ) async throws -> Etcdserverpb_LeaseRevokeResponse {
        let revision = try await store.revokeLease(
            request.id, rights: access.rights(of: context))
        var response = Etcdserverpb_LeaseRevokeResponse()
        response.header = store.header(revision)
        return response
    }

    func leaseKeepAlive(
        request: RPCAsyncSequence<Etcdserverpb_LeaseKeepAliveRequest, any Error>,
        response: RPCWriter<Etcdserverpb_LeaseKeepAliveResponse>, context: ServerContext
    ) async throws {
        let rights = try access.rights(of: context)
        for try await message in request {
            var answer = Etcdserverpb_LeaseKeepAliveResponse()
            answer.header = store.header()
            answer.id = message.id
            // Nothing left tells the client that the lease is gone.
            answer.ttl = try store.lessor.renew(message.id, by: rights)?.grantedSeconds ?? 0
            try await response.write(answer)
        }
    }

    func leaseTimeToLive(
        request: Etcdserverpb_LeaseTimeToLiveRequest, context: ServerContext
    ) async throws -> Etcdserverpb_LeaseTimeToLiveResponse {
        _ = try access.rights(of: context)
        var response = Etcdserverpb_LeaseTimeToLiveResponse()
        response.header = store.header()
        response.id = request.id
        guard let (lease, remaining) = store.lessor.find(request.id) else {
            response.ttl = -1
            return response
        }
        response.ttl = remaining / 1000
        response.grantedTtl = lease.grantedSeconds
        if request.keys { response.keys = try await store.keys(ofLease: lease.id) }
        return response
    }

    func leaseLeases(
        request: Etcdserverpb_LeaseLeasesRequest, context: ServerContext
    ) async throws -> Etcdserverpb_LeaseLeasesResponse {
        _ = try access.rights(of: context)
        var response = Etcdserverpb_LeaseLeasesResponse()
        response.header = store.header()
        response.leases = store.lessor.all.map { lease in
            var status = Etcdserverpb_LeaseStatus()
            status.id = lease.id
            return status
        }
        return response
    }
}
