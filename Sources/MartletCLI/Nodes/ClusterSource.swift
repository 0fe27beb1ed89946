import ClusterStore
import NodeAgent

/// Where a command gets the nodes from.
enum ClusterSource: Sendable {
    case controlPlane(ClusterReader)
    /// The agent of this host, which asks the control plane in its own name.
    case agent(LocalClient)

    /// The control plane where one was asked for; else the agent of this host; else the control
    /// plane that the configuration names.
    static func chosen(_ loaded: LoadedConfiguration) throws -> ClusterSource {
        let agent = LocalClient(socketPath: loaded.values.api.socket)
        if loaded.insistsOnControlPlane || loaded.namesControlPlane && !agent.exists {
            return .controlPlane(
                ClusterReader(client: try loaded.client(), cluster: loaded.values.cluster))
        }
        return .agent(agent)
    }

    func listing() async throws -> ClusterListing {
        do {
            switch self {
            case .controlPlane(let reader): return try await reader.listing()
            case .agent(let client):
                return try await client.value(ClusterListing.self, "/v1/nodes")
            }
        } catch let error as StoreError {
            throw Complaint(error.description)
        } catch let error as AgentError {
            throw Complaint(error.description)
        }
    }

    /// Calls `take` with every listing, now and after each change, until it throws. While the
    /// control plane does not answer, `warn` is told why.
    func follow(
        _ take: @escaping @Sendable (ClusterListing) throws -> Void,
        warn: @escaping @Sendable (String) -> Void
    ) async throws {
        do {
            switch self {
            case .controlPlane(let reader):
                var changes = reader.changes().makeAsyncIterator()
                while let news = try await changes.next() {
                    switch news {
                    case .listing(let listing): try take(listing)
                    case .disconnected(let error): warn(error.description)
                    }
                }
            case .agent(let client):
                try await client.follow("/v1/nodes?watch") { line in
                    if let said = try? CanonicalJSON.decode(
                        LocalClient.Refusal.self, from: line)
                    {
                        return warn(said.error.message)
                    }
                    try take(try CanonicalJSON.decode(ClusterListing.self, from: line))
                }
                throw Complaint("the agent has ended")
            }
        } catch let error as StoreError {
            throw Complaint(error.description)
        } catch let error as AgentError {
            throw Complaint(error.description)
        }
    }
}
