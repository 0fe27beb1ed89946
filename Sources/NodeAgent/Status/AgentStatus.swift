/// What an agent says of itself: for `/readyz`, `/metrics` and the local API.
///
/// Moments whose names end in `Nanoseconds` are of `Platform.Clock`; those in `UnixSeconds` of the
/// wall clock.
package struct AgentStatus: Sendable {
    package var identity: Identity?
    package var phase: Phase = .starting
    /// Why it is in that phase.
    package var reason = "starting"
    package var phaseSinceNanoseconds: UInt64
    package let startedNanoseconds: UInt64
    package let startedUnixSeconds: Int
    package var incarnation: Int?
    package var lease: Lease?
    package var controlPlane = ControlPlane()
    package var record: Record?
    package var conditions: [NodeCondition] = []
    /// Whether this node probes the others at the moment.
    package var isProber = false
    package var counters = Counters()

    package struct Identity: Codable, Sendable, Hashable {
        package var cluster: String
        package var nodeId: String
        package var bootId: String
        /// Drawn at random by this process.
        package var instance: String
        package var hostname: String
        package var agentVersion: String
        /// `host:port` that answers probes.
        package var probeAddress: String?
    }

    /// What the agent does.
    package enum Phase: String, Codable, Sendable, CaseIterable {
        case starting
        /// It asks the control plane for its place.
        case registering
        /// It is registered and takes work.
        case ready
        case draining
        case drained
        /// Another machine with this node's id answers.
        case refused
        /// It left its tombstone, or is about to.
        case stopping
        case stopped
    }

    package struct Lease: Sendable, Hashable {
        package var id: Int64
        package var timeToLiveSeconds: Int
        package var renewedNanoseconds: UInt64

        package func expiresNanoseconds() -> UInt64 {
            renewedNanoseconds + UInt64(max(0, timeToLiveSeconds)) * 1_000_000_000
        }
    }

    package struct ControlPlane: Sendable, Hashable {
        package var endpoints: [String] = []
        package var isReachable = false
        /// Of the last answer; nil before the first.
        package var contactNanoseconds: UInt64?
        /// Since when nothing has been answered; nil while it answers.
        package var unreachableSinceNanoseconds: UInt64?
        package var lastError: String?
        /// When it is tried again, where it does not answer.
        package var retryNanoseconds: UInt64?
    }

    package struct Record: Sendable, Hashable {
        /// As it stands, or will stand, in the control plane.
        package var json: [UInt8]
        package var contentHash: String
        package var generation: Int
        /// Whether the control plane has it.
        package var isPublished: Bool
        package var slots: NodeRecord.Slots
    }

    /// All since the agent started; they only grow.
    package struct Counters: Codable, Sendable, Hashable {
        package var registrations = 0
        package var leaseRenewals = 0
        package var leaseRenewalFailures = 0
        /// Leases that ended although the agent lived.
        package var leasesLost = 0
        package var recordWrites = 0
        /// Writes because somebody else had changed or deleted what is ours.
        package var heals = 0
        package var inventoryChecks = 0
        package var inventoryFailures = 0
        package var controlPlaneErrors = 0
        package var probesAnswered = 0
        package var probesSent = 0
        package var probesFailed = 0
        package var verdictsWritten = 0
        package var freezes = 0
        package var refusals = 0
    }

    package init(nowNanoseconds: UInt64, nowUnixSeconds: Int) {
        phaseSinceNanoseconds = nowNanoseconds
        startedNanoseconds = nowNanoseconds
        startedUnixSeconds = nowUnixSeconds
    }
}
