/// What a node has and can do, as it stands in the control plane: `nodes/<id>/record`.
///
/// JSON of at most `byteLimit` bytes; docs/agent.md describes it and docs/record.schema.json binds
/// it. What is not known is absent, never 0, and `unknown` says why. Lists refer to each other by
/// position.
package struct NodeRecord: Codable, Sendable, Hashable {
    /// Grows when a reader of the version before would misread the record.
    package static let currentSchemaVersion = 1
    /// What a record takes at most.
    package static let byteLimit = 32 << 10

    package var schemaVersion = Self.currentSchemaVersion
    package var identity: Identity
    package var cpu: CPU
    package var numa: [NUMA]
    package var accelerators: [Accelerator]
    package var nics: [NIC]
    package var affinity: [Affinity]
    package var limits: Limits
    package var transports: [Transport]
    package var slots: Slots
    package var conditions: [NodeCondition]
    package var doctor: DoctorSummary?
    package var unknown: [Unknown]
    /// What was left out to keep the record small, in words; absent when nothing was.
    package var dropped: [String]?

    package struct Identity: Codable, Sendable, Hashable {
        package var nodeId: String
        package var bootId: String
        /// From 1; grows each time an agent starts.
        package var incarnation: Int
        /// From 1; grows each time the content changes, across incarnations.
        package var generation: Int
        /// SHA-256 of the record without incarnation, generation and this, in hexadecimal.
        package var contentHash: String
        package var hostname: String
        /// Of the interfaces that are up, without loopback and link-local ones.
        package var addresses: [String]
        package var agentVersion: String
    }

    /// As the cgroup allows.
    package struct CPU: Codable, Sendable, Hashable {
        package var model: String?
        package var packageCount: Int?
        package var coreCount: Int?
        /// Processing units of the host, and those that this agent's cgroup and affinity allow.
        package var wholeCpuset: String
        package var allowedCpuset: String
        package var allowedCount: Int
        /// What the cgroup's quota grants, in processors; absent without a quota.
        package var quotaProcessors: Double?
        /// What the cgroup lets the processes use; absent without a limit.
        package var memoryLimitBytes: Int?
    }

    package struct NUMA: Codable, Sendable, Hashable {
        package var osIndex: Int
        package var kind: String?
        package var memoryBytes: Int?
        package var hugepages: [HugePages]
        package var cpuset: String
        package var distances: [Int]?

        package struct HugePages: Codable, Sendable, Hashable {
            package var pageBytes: Int
            package var count: Int
        }
    }

    package struct Accelerator: Codable, Sendable, Hashable {
        package var names: [String]
        package var uuid: String?
        package var vendor: String?
        package var model: String?
        package var pciBusId: String?
        package var pcieRoot: String?
        package var numaNodes: [Int]?
        package var memoryBytes: Int?
        /// Of this moment; links of idle devices may be slower than they can be.
        package var pcieLink: PCIeLink?
        package var pcieExpected: PCIeLink?
        /// `ok`, or `lost` for a device that was here and went.
        package var health: Health
        package var nic: Int?
    }

    package enum Health: String, Codable, Sendable { case ok, lost, degraded }

    package struct PCIeLink: Codable, Sendable, Hashable {
        /// 1 to 6; absent for rates that no generation has.
        package var generation: Int?
        package var width: Int
        package var transfersPerSecond: Int
    }

    package struct NIC: Codable, Sendable, Hashable {
        package var name: String
        package var kind: String
        package var openFabrics: String?
        package var vendor: String?
        package var model: String?
        package var pciBusId: String?
        package var pcieRoot: String?
        package var numaNodes: [Int]?
        package var pcieLink: PCIeLink?
        package var pcieExpected: PCIeLink?
        package var health: Health
        package var ports: [Port]
    }

    package struct Port: Codable, Sendable, Hashable {
        package var number: Int?
        package var interface: String?
        /// `up` or `down`.
        package var state: String?
        /// `infiniBand` or `ethernet`.
        package var linkLayer: String
        package var rateBitsPerSecond: Int?
        /// What the configuration says, else the fastest that was seen since the agent started.
        package var expectedRateBitsPerSecond: Int?
        package var mtuBytes: Int?
        package var addresses: [String]
        package var gids: [GID]
        /// Position among the rails of its kind.
        package var rail: Int?
    }

    package struct GID: Codable, Sendable, Hashable {
        package var index: Int
        package var value: String
        package var kind: String?
    }

    package struct Affinity: Codable, Sendable, Hashable {
        package var accelerator: Int
        package var nic: Int
        /// In NCCL's words, from near to far: PIX, PXB, PHB, NODE, SYS.
        package var path: String?
        /// What the slowest PCI link between them carries.
        package var linkBytesPerSecond: Int?
        /// What was measured between them.
        package var bytesPerSecond: Int?
    }

    /// Of the agent's process, which what it starts inherits.
    package struct Limits: Codable, Sendable, Hashable {
        /// Absent means no limit.
        package var lockedMemoryBytes: Int?
        package var openFiles: Int?
    }

    package struct Transport: Codable, Sendable, Hashable {
        /// `tcp`, `shared-memory`, `verbs`.
        package var name: String
        package var isUsable: Bool
        package var reason: String
    }

    package struct Slots: Codable, Sendable, Hashable {
        /// Where the number is from: `accelerators` or `configuration`.
        package var source: String
        package var total: Int
        package var reserved: Int
    }

    package struct DoctorSummary: Codable, Sendable, Hashable {
        package var okCount: Int
        package var warningCount: Int
        package var failureCount: Int

        package init(okCount: Int, warningCount: Int, failureCount: Int) {
            self.okCount = okCount
            self.warningCount = warningCount
            self.failureCount = failureCount
        }
    }

    package struct Unknown: Codable, Sendable, Hashable {
        /// Where the fact would stand: `accelerators[0].memoryBytes`.
        package var path: String
        package var reason: String
    }
}

/// Something about a node that is not as it should be.
package struct NodeCondition: Codable, Sendable, Hashable {
    /// One word that stays the same: `LinkDown`, `LinkSlow`, `DeviceLost`.
    package var type: String
    /// What it is about: `nic mlx5_0 port 1`.
    package var object: String
    /// For people, with what was expected.
    package var reason: String
    package var sinceUnixSeconds: Int

    package init(type: String, object: String, reason: String, sinceUnixSeconds: Int) {
        self.type = type
        self.object = object
        self.reason = reason
        self.sinceUnixSeconds = sinceUnixSeconds
    }
}
