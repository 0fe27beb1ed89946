internal import Platform

/// `GET /v1/status`: what the agent says of itself. docs/local-api.md describes it.
package struct LocalStatus: Codable, Sendable, Hashable {
    package var schemaVersion = 1
    package var agentVersion: String
    package var processId: Int32
    package var phase: AgentStatus.Phase
    package var reason: String
    package var phaseSeconds: Double
    package var startedUnixSeconds: Int
    package var uptimeSeconds: Double
    package var identity: AgentStatus.Identity?
    package var incarnation: Int?
    package var lease: Lease?
    package var controlPlane: ControlPlane
    package var record: Record?
    package var conditions: [NodeCondition]
    package var isProber: Bool
    package var counters: AgentStatus.Counters

    package struct Lease: Codable, Sendable, Hashable {
        /// As etcdctl writes it: hexadecimal.
        package var id: String
        package var timeToLiveSeconds: Int
        /// Less than 0 when it has ended.
        package var remainingSeconds: Double
    }

    package struct ControlPlane: Codable, Sendable, Hashable {
        package var endpoints: [String]
        package var isReachable: Bool
        /// Since its last answer; absent before the first.
        package var lastContactSeconds: Double?
        /// How long it has not answered; absent while it does.
        package var unreachableSeconds: Double?
        package var lastError: String?
        /// Until it is tried again, where it does not answer.
        package var retrySeconds: Double?
    }

    package struct Record: Codable, Sendable, Hashable {
        package var generation: Int
        package var contentHash: String
        package var byteCount: Int
        package var isPublished: Bool
        package var slots: NodeRecord.Slots
    }
}

extension LocalStatus {
    /// - Parameter now: of `Clock`.
    package init(_ status: AgentStatus, nowNanoseconds now: UInt64) {
        func seconds(since moment: UInt64) -> Double { Self.seconds(from: moment, to: now) }
        agentVersion = status.identity?.agentVersion ?? martletVersion
        processId = Host.processIdentifier
        phase = status.phase
        reason = status.reason
        phaseSeconds = seconds(since: status.phaseSinceNanoseconds)
        startedUnixSeconds = status.startedUnixSeconds
        uptimeSeconds = seconds(since: status.startedNanoseconds)
        identity = status.identity
        incarnation = status.incarnation
        lease = status.lease.map { lease in
            Lease(
                id: String(lease.id, radix: 16), timeToLiveSeconds: lease.timeToLiveSeconds,
                remainingSeconds: -seconds(since: lease.expiresNanoseconds()))
        }
        let plane = status.controlPlane
        controlPlane = ControlPlane(
            endpoints: plane.endpoints, isReachable: plane.isReachable,
            lastContactSeconds: plane.contactNanoseconds.map(seconds),
            unreachableSeconds: plane.unreachableSinceNanoseconds.map(seconds),
            lastError: plane.lastError,
            retrySeconds: plane.retryNanoseconds.map { -seconds(since: $0) })
        record = status.record.map { record in
            Record(
                generation: record.generation, contentHash: record.contentHash,
                byteCount: record.json.count, isPublished: record.isPublished,
                slots: record.slots)
        }
        conditions = status.conditions
        isProber = status.isProber
        counters = status.counters
    }

    /// To the millisecond; negative where `moment` lies ahead.
    static func seconds(from moment: UInt64, to now: UInt64) -> Double {
        let distance = Double(now >= moment ? now - moment : moment - now) / 1e9
        return ((now >= moment ? distance : -distance) * 1000).rounded() / 1000
    }
}
