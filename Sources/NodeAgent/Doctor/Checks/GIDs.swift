/// Whether active RoCE ports have an address that routes: a GID of RoCE v2 beyond the link.
struct GIDs: Sendable {
    var rdma: RDMADevices

    init(_ files: HostFiles) {
        rdma = RDMADevices(files)
    }

    var findings: [Finding] {
        let ports = rdma.ports.filter { $0.isActive && $0.linkLayer != nil }
        if rdma.devices.isEmpty {
            return [.ok(.gids, "no RDMA devices", ["/sys/class/infiniband: none"])]
        }
        if ports.isEmpty {
            return [.unknown(.gids, "no RDMA port is up", ["/sys/class/infiniband"])]
        }
        let problems = ports.compactMap(judge)
        guard problems.isEmpty else { return problems }
        return [
            .ok(
                .gids, "\(Quantity.count(ports.count, "active port")) with a GID to use",
                ports.map(evidence))
        ]
    }

    private func judge(_ port: RDMADevices.Port) -> Finding? {
        let interface = port.interface ?? "its interface"
        if port.gids.isEmpty {
            return .error(
                .gids, "\(port.title) has no GID", [evidence(port)],
                remedy: port.isRoCE
                    ? "set \(interface) up and give it an IP address"
                    : "check the subnet manager: it gives the port its address")
        }
        guard port.isRoCE else { return nil }
        let second = port.gids.filter { $0.type == "RoCE v2" }
        if second.isEmpty {
            return .warning(
                .gids, "\(port.title) speaks RoCE v1 only, which no router passes",
                [evidence(port)],
                remedy: "allow RoCE v2 in the driver; cma_roce_mode chooses it for connections")
        }
        guard second.allSatisfy(\.isLinkLocal) else { return nil }
        return .warning(
            .gids, "\(port.title) has link-local RoCE v2 GIDs only: other subnets are out of reach",
            [evidence(port)], remedy: "give \(interface) an IPv4 or global IPv6 address")
    }

    private func evidence(_ port: RDMADevices.Port) -> String {
        let gids = port.gids.prefix(4).map {
            "\($0.index): \($0.value) (\($0.type ?? "type unknown"))"
        }
        let more = port.gids.count > 4 ? ", and \(port.gids.count - 4) more" : ""
        return "\(port.path)/gids: \(gids.isEmpty ? "none" : gids.joined(separator: ", "))\(more)"
    }
}
