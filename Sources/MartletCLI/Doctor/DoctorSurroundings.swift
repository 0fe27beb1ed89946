import ClusterStore
import NodeAgent
import Platform

/// Finds what the files of a host do not say: of the running agent, its configuration, and the
/// control plane.
struct DoctorSurroundings: Sendable {
    private let loaded: LoadedConfiguration
    private let checks: Set<DoctorCheck>

    init(_ options: ControlPlaneOptions, _ checks: [DoctorCheck]) throws {
        loaded = try options.loaded()
        self.checks = Set(checks)
    }

    func found() async -> Doctor.Surroundings {
        let client = LocalClient(socketPath: loaded.values.api.socket)
        let status = try? await client.value(LocalStatus.self, "/v1/status")
        let (outcome, listing) = await controlPlane(status, client)
        var found = Doctor.Surroundings(controlPlane: outcome)
        found.nodeId = status?.identity?.nodeId ?? loaded.values.nodeId
        found.agentProcess = status?.processId
        found.isRefused = status?.phase == .refused
        found.certificates = loaded.certificates
        found.expectedBitsPerSecond = expectedRates
        if let listing { found.peerMTUs = Self.mtus(listing, without: found.nodeId) }
        return found
    }

    /// `mlx5_0/1=400000000000`
    private var expectedRates: [String: Int] {
        var rates: [String: Int] = [:]
        for entry in loaded.values.inventory.expectedRatesBitsPerSecond {
            let parts = entry.split(separator: "=")
            guard parts.count == 2, let rate = Int(parts[1]) else { continue }
            rates[String(parts[0].prefix { $0 != "/" })] = rate
        }
        return rates
    }

    private func controlPlane(
        _ status: LocalStatus?, _ client: LocalClient
    ) async -> (ControlPlaneReach.Outcome, ClusterListing?) {
        guard checks.contains(.controlPlane) || checks.contains(.mtu) else {
            return (.notConfigured("it was not asked for"), nil)
        }
        let started = Clock.nowNanoseconds()
        if loaded.namesControlPlane {
            return await direct(started)
        }
        guard let status else {
            return (
                .notConfigured(
                    "no agent listens at \(client.socketPath), and neither a configuration nor "
                        + "--control-plane names one"), nil
            )
        }
        do {
            let listing = try await client.value(ClusterListing.self, "/v1/nodes")
            return (
                .answered(endpoint: Self.by(status), milliseconds: Self.since(started)), listing
            )
        } catch {
            return (
                .failed(
                    endpoints: status.controlPlane.endpoints, reason: error.message,
                    remedy: error.remedy), nil
            )
        }
    }

    private func direct(
        _ started: UInt64
    ) async -> (ControlPlaneReach.Outcome, ClusterListing?) {
        let endpoints = loaded.values.controlPlane.endpoints
        do {
            let reader = ClusterReader(
                client: try loaded.client(), cluster: loaded.values.cluster)
            let listing = try await reader.listing()
            return (
                .answered(
                    endpoint: endpoints.joined(separator: ","), milliseconds: Self.since(started)),
                listing
            )
        } catch let error as StoreError {
            return (
                .failed(endpoints: endpoints, reason: error.message, remedy: error.remedy), nil
            )
        } catch {
            return (.failed(endpoints: endpoints, reason: "\(error)", remedy: nil), nil)
        }
    }

    private static func by(_ status: LocalStatus) -> String {
        status.controlPlane.endpoints.joined(separator: ",") + ", asked by the agent"
    }

    private static func since(_ started: UInt64) -> Int {
        Int((Clock.nowNanoseconds() - started) / 1_000_000)
    }

    /// By interface, what most other nodes have.
    private static func mtus(_ listing: ClusterListing, without own: String?) -> [String: Int] {
        var counts: [String: [Int: Int]] = [:]
        for node in listing.nodes where node.nodeId != own {
            for port in node.record?.nics.flatMap(\.ports) ?? [] {
                guard let name = port.interface, let mtu = port.mtuBytes else { continue }
                counts[name, default: [:]][mtu, default: 0] += 1
            }
        }
        return counts.compactMapValues { sizes in
            let all = sizes.values.reduce(0, +)
            return sizes.first { $0.value * 2 > all }?.key
        }
    }
}
