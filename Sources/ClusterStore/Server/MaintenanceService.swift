internal import GRPCCore

/// Of etcd's Maintenance service, the part that says how the store is.
struct MaintenanceService: Etcdserverpb_Maintenance.SimpleServiceProtocol {
    /// The version of etcd's interface that is served, and by whom.
    static let version = "3.4.0+martlet"

    let store: KeyValueStore
    let access: AccessPolicy

    func status(
        request: Etcdserverpb_StatusRequest, context: ServerContext
    ) async throws -> Etcdserverpb_StatusResponse {
        _ = try access.rights(of: context)
        var response = Etcdserverpb_StatusResponse()
        response.header = store.header()
        response.version = Self.version
        response.dbSize = try await store.byteCount()
        response.leader = store.memberID
        response.raftIndex = UInt64(response.header.revision)
        response.raftTerm = store.term
        return response
    }
}
