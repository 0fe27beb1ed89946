package import ClusterStore
internal import Platform
internal import Topology

/// Looks at a host, and changes nothing.
package struct Doctor: Sendable {
    /// What files do not say.
    package struct Surroundings: Sendable {
        /// Of the node, where its configuration or its agent says.
        package var nodeId: String?
        /// The process id of the running agent.
        package var agentProcess: Int32?
        /// Whether the control plane refused this node for another that has its id.
        package var isRefused = false
        /// The certificate files of the agent; nil without TLS.
        package var certificates: StoreClientConfiguration.TLSFiles?
        /// By interface or RDMA device, from the configuration.
        package var expectedBitsPerSecond: [String: Int] = [:]
        /// What most other nodes have, by interface.
        package var peerMTUs: [String: Int] = [:]
        package var controlPlane: ControlPlaneReach.Outcome

        package init(controlPlane: ControlPlaneReach.Outcome) {
            self.controlPlane = controlPlane
        }
    }

    package var files = HostFiles()
    package var surroundings: Surroundings

    package init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
    }

    /// Runs these checks in their order. Blocks while it reads files.
    package func report(_ checks: [DoctorCheck] = DoctorCheck.allCases) async -> DoctorReport {
        let now = Timestamp.now()
        var findings: [Finding] = []
        for check in checks { findings += await self.findings(of: check, now) }
        return DoctorReport(hostname: Host.name, time: now, findings: findings)
    }

    private func findings(of check: DoctorCheck, _ now: Timestamp) async -> [Finding] {
        switch check {
        case .memlock: LockedMemory(files, agent: surroundings.agentProcess).findings
        case .verbs: Verbs(files, library: Verbs.openLibrary()).findings
        case .ports:
            Ports(files, expectedBitsPerSecond: surroundings.expectedBitsPerSecond).findings
        case .gids: GIDs(files).findings
        case .mtu: MTU(files, peers: surroundings.peerMTUs).findings
        case .pci: links.findings
        case .hugepages: HugePages(files).findings
        case .numaBalancing: NUMABalancing(files).findings
        case .openFiles: OpenFiles(files).findings
        case .cpuLimit:
            CPULimit(files, processorCount: Host.usableProcessorCount).findings
        case .clock: HostClock(files, discipline: discipline).findings
        case .machineId: MachineIdentity(files, isRefused: surroundings.isRefused).findings
        case .controlPlane: ControlPlaneReach(outcome: surroundings.controlPlane).findings
        case .certificates:
            await Certificates(
                surroundings.certificates, nodeId: surroundings.nodeId, now: now, files
            ).findings
        }
    }

    private var links: PCILinks {
        do throws(TopologyError) {
            return PCILinks(try HostTopology.discover())
        } catch {
            return PCILinks(problem: "\(error)")
        }
    }

    private var discipline: Result<ClockDiscipline, SystemError> {
        do throws(SystemError) {
            return .success(try ClockDiscipline.current())
        } catch {
            return .failure(error)
        }
    }
}
