import ClusterStore
import NodeAgent
import Platform

/// Orders to a node: to its agent where that is the one of this host, else through the control plane.
struct NodeOrders: Sendable {
    private let loaded: LoadedConfiguration

    init(_ options: ControlPlaneOptions) throws {
        loaded = try options.loaded()
    }

    private var agent: LocalClient { LocalClient(socketPath: loaded.values.api.socket) }

    /// Who asks, for others to read.
    static var operatorName: String {
        "\(Account.name(ofUser: Account.own) ?? "user \(Account.own)")@\(Host.name)"
    }

    /// Drains or resumes; answers the node's id.
    func order(
        _ action: OrderValue.Action, _ name: String?, reason: String?
    ) async throws -> String {
        do {
            if !loaded.insistsOnControlPlane, let own = try await ownNode(name) {
                try await tellAgent(action, reason: reason)
                if action == .resume { try await awaitOwnResumption(own) }
                return own
            }
            guard let name else {
                throw Complaint("name the node: there is no agent to ask at \(agent.socketPath)")
            }
            let reader = try await reader()
            let node = try NodeChoice.one(name, in: try await reader.listing())
            if action == .resume { try Self.checkIsOrdered(node) }
            let value = OrderValue(
                action: action, by: Self.operatorName, reason: reason,
                sinceUnixSeconds: WallClock.nowUnixSeconds())
            let key = Key(reader.keys.order(node.nodeId))
            _ = try await reader.client.put(key, try CanonicalJSON.encode(value))
            if action == .resume { try await awaitResumption(node, reader) }
            return node.nodeId
        } catch {
            throw Self.complaint(error)
        }
    }

    /// Takes everything about a node out of the control plane, unless it is there; answers its id.
    func forget(_ name: String) async throws -> String {
        do {
            let reader = try await reader()
            let node = try NodeChoice.one(name, in: try await reader.listing())
            let keys = reader.keys
            let result = try await reader.client.transaction(
                Transaction()
                    .when(.isMissing(Key(keys.live(node.nodeId))))
                    .then(
                        .delete(.prefix(Key(keys.node(node.nodeId)))),
                        .delete(.key(Key(keys.order(node.nodeId)))),
                        .delete(.key(Key(keys.verdict(node.nodeId))))))
            guard result.succeeded else {
                throw Complaint(
                    "\(node.nodeId) is there, and would come back: stop its agent first")
            }
            return node.nodeId
        } catch {
            throw Self.complaint(error)
        }
    }

    /// The id of this host's node, where that is the one that is meant.
    private func ownNode(_ name: String?) async throws -> String? {
        guard agent.exists else { return nil }
        let status = try await agent.value(LocalStatus.self, "/v1/status")
        guard let identity = status.identity else {
            throw Complaint("the agent does not know its node yet: \(status.reason)")
        }
        let isMeant = name == nil || name == identity.nodeId || name == identity.hostname
        return isMeant ? identity.nodeId : nil
    }

    /// What a node was told by its own host does not end through the control plane.
    private static func checkIsOrdered(_ node: NodeView) throws {
        guard node.state == .drained || node.state == .draining, node.order?.action != .drain else {
            return
        }
        throw Complaint(
            "\(node.nodeId) was drained on its own host (\(node.reason)); "
                + "run 'martlet nodes resume' there")
    }

    /// The agent takes back what stands in the control plane: until then it stays drained.
    private func awaitOwnResumption(_ id: String) async throws {
        try await Self.awaitResumption(id) {
            let status = try await agent.value(LocalStatus.self, "/v1/status")
            let isDrained = status.phase == .drained || status.phase == .draining
            return isDrained ? status.reason : nil
        }
    }

    /// A node that is away takes notice when it is back.
    private func awaitResumption(_ node: NodeView, _ reader: ClusterReader) async throws {
        try await Self.awaitResumption(node.nodeId) {
            let pair = try await reader.client.get(Key(reader.keys.live(node.nodeId)))
            guard let pair else { return nil }
            let live = try CanonicalJSON.decode(LiveValue.self, from: pair.value)
            return live.phase == .ready ? nil : live.reason ?? live.phase.rawValue
        }
    }

    /// Waits until nothing keeps the node from work.
    private static func awaitResumption(
        _ id: String, hindrance: () async throws -> String?
    ) async throws {
        let deadline = Deadline(secondsFromNow: 10)
        while let reason = try await hindrance() {
            guard !deadline.hasPassed else {
                throw Complaint(
                    "\(id) is asked to take work again, and does not yet: \(reason); where its own "
                        + "host drained it, run 'martlet nodes resume' there")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func tellAgent(_ action: OrderValue.Action, reason: String?) async throws {
        let body = reason.map { JSONValue.object([("reason", .string($0))]).line } ?? ""
        let target = action == .drain ? "/v1/drain" : "/v1/resume"
        let response = try await agent.ask("POST", target, body: Array(body.utf8))
        guard response.status == 202 else { throw LocalClient.refusal(response, target) }
    }

    /// The control plane that was named, else that of the agent of this host.
    private func reader() async throws -> ClusterReader {
        if loaded.namesControlPlane || !agent.exists {
            return ClusterReader(client: try loaded.client(), cluster: loaded.values.cluster)
        }
        let status = try await agent.value(LocalStatus.self, "/v1/status")
        let client = try loaded.client(endpoints: status.controlPlane.endpoints)
        return ClusterReader(
            client: client, cluster: status.identity?.cluster ?? loaded.values.cluster)
    }

    private static func complaint(_ error: any Error) -> any Error {
        if let error = error as? AgentError { return Complaint(error.description) }
        guard let error = error as? StoreError else { return error }
        guard error.code == .permissionDenied else { return Complaint(error.description) }
        return Complaint(
            "\(error.message); use an operator's certificate (--certificate, --key, --authority)")
    }
}
