package import Logging

/// What the agent tells its log: names that scripts may rely on. docs/agent-log.md has a row for
/// each, and a test holds the two together.
package enum AgentEvent: String, Sendable, CaseIterable {
    case agentStarted = "agent.started"
    case agentStopping = "agent.stopping"
    case agentStopped = "agent.stopped"

    case stateUnwritable = "state.unwritable"

    case configurationRead = "configuration.read"
    case configurationRefused = "configuration.refused"
    case inventoryFailed = "inventory.failed"

    case controlConnected = "control.connected"
    case controlLost = "control.lost"
    case controlReread = "control.reread"
    case controlReplaced = "control.replaced"
    case controllerStarted = "controller.started"

    case leaseGranted = "lease.granted"
    case leaseLost = "lease.lost"

    case recordWritten = "record.written"
    case recordHealed = "record.healed"
    case conditionRaised = "condition.raised"
    case conditionCleared = "condition.cleared"

    case nodeRegistered = "node.registered"
    case nodeRefused = "node.refused"
    case nodeProbed = "node.probed"
    case nodeForgotten = "node.forgotten"
    case nodeSuperseded = "node.superseded"
    case nodeDraining = "node.draining"
    case nodeResumed = "node.resumed"
    case orderKept = "order.kept"
    case nodeTombstoned = "node.tombstoned"
    case nodeUntombstoned = "node.untombstoned"
    case peerSuspected = "peer.suspected"
    case peerLost = "peer.lost"
    case peerReturned = "peer.returned"
    case clusterFrozen = "cluster.frozen"
    case clusterThawed = "cluster.thawed"

    case apiListening = "api.listening"
    case apiRefused = "api.refused"
    case apiCrowded = "api.crowded"

    /// How loud: an event always has the same level.
    package var level: Logger.Level {
        switch self {
        case .nodeRefused, .nodeForgotten, .nodeSuperseded, .controlReplaced, .peerLost,
            .clusterFrozen, .stateUnwritable, .inventoryFailed, .configurationRefused:
            .error
        case .controlLost, .leaseLost, .recordHealed, .conditionRaised, .nodeDraining,
            .nodeUntombstoned, .orderKept, .peerSuspected, .apiRefused, .apiCrowded:
            .warning
        case .agentStarted, .configurationRead, .agentStopping, .agentStopped, .nodeRegistered,
            .nodeResumed,
            .nodeTombstoned, .peerReturned, .clusterThawed:
            .notice
        case .controlConnected, .controlReread, .nodeProbed, .controllerStarted, .leaseGranted,
            .conditionCleared,
            .apiListening:
            .info
        case .recordWritten: .debug
        }
    }
}

extension Logger {
    /// Tells an event: what happened in a sentence without a full stop, and the facts under stable
    /// keys in lowerCamelCase, with their units (`leaseSeconds`).
    package func report(
        _ event: AgentEvent, _ message: @autoclosure () -> String,
        _ facts: @autoclosure () -> [String: String] = [:]
    ) {
        guard event.level >= logLevel else { return }
        var metadata = Logger.Metadata(minimumCapacity: 4)
        for (name, value) in facts() { metadata[name] = .string(value) }
        metadata[AgentLogHandler.eventKey] = .string(event.rawValue)
        log(level: event.level, "\(message())", metadata: metadata)
    }
}
