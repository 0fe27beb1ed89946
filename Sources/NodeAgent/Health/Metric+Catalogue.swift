// Every metric of the agent. docs/metrics.md has a row for each, and a test holds the two together.

extension Metric {
    static let catalogue: [Metric] =
        agent + controlPlane + node + counters + localAPI + processUsage

    private static let agent: [Metric] = [
        Metric(name: "agent_info", kind: .gauge, help: "Who the agent is; always 1") { input in
            guard let identity = input.status.identity else { return [] }
            return [
                Sample(
                    labels: [
                        ("cluster", identity.cluster), ("node_id", identity.nodeId),
                        ("hostname", identity.hostname), ("version", identity.agentVersion),
                    ], value: 1)
            ]
        },
        Metric(
            name: "agent_phase", kind: .gauge,
            help: "1 for the phase that the agent is in, 0 for the others"
        ) { input in
            AgentStatus.Phase.allCases.map { phase in
                Sample(
                    labels: [("phase", phase.rawValue)],
                    value: phase == input.status.phase ? 1 : 0)
            }
        },
        .gauge("agent_phase_seconds", "How long the agent has been in its phase") {
            $0.seconds(since: $0.status.phaseSinceNanoseconds)
        },
        .gauge("agent_start_time_seconds", "When the agent started, since 1970") {
            Double($0.status.startedUnixSeconds)
        },
        .gauge("agent_uptime_seconds", "How long the agent has been running") {
            $0.seconds(since: $0.status.startedNanoseconds)
        },
        .gauge("agent_is_prober", "1 while this agent probes the other nodes") {
            $0.status.isProber ? 1 : 0
        },
    ]

    private static let controlPlane: [Metric] = [
        .gauge("control_plane_reachable", "1 while the control plane answers") {
            $0.status.controlPlane.isReachable ? 1 : 0
        },
        .gauge(
            "control_plane_contact_age_seconds",
            "Since the control plane last answered; absent before"
        ) { input in
            input.status.controlPlane.contactNanoseconds.map { input.seconds(since: $0) }
        },
        .gauge(
            "control_plane_unreachable_seconds",
            "How long the control plane has not answered; 0 while it does"
        ) { input in
            input.status.controlPlane.unreachableSinceNanoseconds
                .map { input.seconds(since: $0) } ?? 0
        },
        .gauge(
            "lease_remaining_seconds", "Until the node's lease ends; absent without a lease"
        ) { input in
            input.status.lease.map { max(0, -input.seconds(since: $0.expiresNanoseconds())) }
        },
        .gauge(
            "lease_time_to_live_seconds", "What a renewal gives the lease; absent without a lease"
        ) { $0.status.lease.map { Double($0.timeToLiveSeconds) } },
    ]

    private static let node: [Metric] = [
        .gauge("node_incarnation", "How many agents this node has had; absent before it is known") {
            $0.status.incarnation.map(Double.init)
        },
        .gauge("record_generation", "How often the record has changed; absent without a record") {
            $0.status.record.map { Double($0.generation) }
        },
        .gauge("record_bytes", "The size of the record; absent without a record") {
            $0.status.record.map { Double($0.json.count) }
        },
        .gauge("record_published", "1 while the control plane has the record as it is") {
            $0.status.record?.isPublished == true ? 1 : 0
        },
        .gauge("node_slots", "Ranks that the node has room for; absent without a record") {
            $0.status.record.map { Double($0.slots.total) }
        },
        .gauge("node_slots_reserved", "Of those, how many jobs hold; absent without a record") {
            $0.status.record.map { Double($0.slots.reserved) }
        },
        Metric(
            name: "node_condition", kind: .gauge,
            help: "1 for everything about the node that is not as it should be"
        ) { input in
            input.status.conditions.map { condition in
                Sample(
                    labels: [("type", condition.type), ("object", condition.object)], value: 1)
            }
        },
    ]

    private static let counters: [Metric] = [
        .counter("registrations_total", "Registrations that succeeded", \.registrations),
        .counter("lease_renewals_total", "Renewals of the lease", \.leaseRenewals),
        .counter(
            "lease_renewal_failures_total", "Renewals that failed", \.leaseRenewalFailures),
        .counter(
            "leases_lost_total", "Leases that ended although the agent lived", \.leasesLost),
        .counter("record_writes_total", "Times that the record was written", \.recordWrites),
        .counter(
            "record_heals_total", "Times that somebody else had changed what is this node's",
            \.heals),
        .counter("inventory_checks_total", "Times that the host was looked at", \.inventoryChecks),
        .counter("inventory_failures_total", "Of those, how many failed", \.inventoryFailures),
        .counter(
            "control_plane_errors_total", "Requests to the control plane that failed",
            \.controlPlaneErrors),
        .counter("probes_answered_total", "Probes of other nodes answered", \.probesAnswered),
        .counter("probes_sent_total", "Probes sent to other nodes", \.probesSent),
        .counter("probes_failed_total", "Of those, how many were not answered", \.probesFailed),
        .counter("verdicts_written_total", "Verdicts about other nodes", \.verdictsWritten),
        .counter(
            "freezes_total", "Times that this agent froze the cluster's state", \.freezes),
        .counter(
            "refusals_total", "Times that another machine with this node's id was met",
            \.refusals),
    ]

    private static let localAPI: [Metric] = [
        Metric(
            name: "api_answers_total", kind: .counter, help: "Answers of the local API, by status"
        ) { input in
            input.traffic.answers.sorted { $0.key < $1.key }.map { status, count in
                Sample(labels: [("status", "\(status)")], value: Double(count))
            }
        },
        .gauge("api_connections", "Connections to the local API") {
            Double($0.traffic.connectionCount)
        },
        .counter("api_crowded_total", "Connections ended because there were too many") {
            $0.traffic.crowdedCount
        },
        .counter("api_overdue_total", "Connections ended because they took too long") {
            $0.traffic.overdueCount
        },
    ]

    private static let processUsage: [Metric] = [
        .gauge("process_resident_memory_bytes", "Memory of the agent's process") {
            $0.process.residentBytes.map(Double.init)
        },
        .gauge("process_open_fds", "Descriptors that the agent's process has open") {
            $0.process.openDescriptorCount.map(Double.init)
        },
        .gauge("process_threads", "Threads of the agent's process") {
            $0.process.threadCount.map(Double.init)
        },
        Metric(
            name: "process_cpu_seconds_total", kind: .counter,
            help: "Processor time of the agent's process"
        ) { input in input.process.cpuSeconds.map { [Sample(value: $0)] } ?? [] },
    ]
}
