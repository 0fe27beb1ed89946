import Schedules
import Topology

extension HostsPlan {
    /// A paragraph for each host, then one for each channel.
    var text: String {
        (hosts.indices.map(hostLines) + channels.indices.map(channelLines))
            .map { $0.joined(separator: "\n") + "\n" }
            .joined(separator: "\n")
    }

    private static let absent = "-"

    private func hostLines(_ index: Int) -> [String] {
        let host = hosts[index]
        let report = host.report
        var table = TextTable()
        table.add(["rank", "NUMA", "NIC", "path", "accelerator", "bus id"])
        for rank in host.ranks {
            let place = host.places[rank - host.firstRank]
            let nic = host.nic(of: rank)
            let path = nic.flatMap { host.path(of: rank, to: $0) }
            table.add([
                "\(rank)", place.numaNode.map(String.init) ?? Self.absent,
                nic.map { report.nicTitles[$0] } ?? Self.absent, path?.name ?? Self.absent,
                host.accelerator(of: rank).map { host.topology.accelerators[$0].title }
                    ?? Self.absent,
                place.accelerator.map { "\($0)" } ?? Self.absent,
            ])
        }
        var lines = ["host \(index): \(report.hostTitle)"] + table.lines
        if !host.usesAccelerators, !host.topology.accelerators.isEmpty {
            lines.append(
                "  more ranks than accelerators (\(host.topology.accelerators.count)): by NUMA node"
            )
        }
        return lines
    }

    private func channelLines(_ index: Int) -> [String] {
        let channel = channels[index]
        let rail = channel.rail.map { RailStyles.name($0.kind, $0.position) }
        var lines = ["channel \(index): \(rail ?? "no rail that all hosts have")"]
        lines.append("  ring: \(channel.order)")
        var table = TextTable()
        if channel.rail != nil, hosts.count > 1 {
            table.add(["", "NIC", "enters at", "", "leaves at", ""])
            for (host, end) in channel.ends.enumerated() {
                table.add([
                    "host \(host)", end.nic.map { hosts[host].report.nicTitles[$0] } ?? Self.absent,
                    "rank \(end.first)", end.firstPath?.name ?? "?", "rank \(end.last)",
                    end.lastPath?.name ?? "?",
                ])
            }
        }
        return lines + table.lines
            + channel.trees.enumerated().map { position, tree in
                let heads = channel.heads(of: tree).map(String.init).joined(separator: " / ")
                return "  tree \(position): root \(tree.root), heads \(heads)"
            }
    }
}
