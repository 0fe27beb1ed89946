import Platform
import Schedules
import Topology

// docs/topology.md describes the keys. What is not known has none.

extension HostsPlan {
    var members: [(String, JSONValue)] {
        [
            ("hosts", .array(hosts.map(Self.json))),
            ("channels", .array(channels.map(Self.json))),
        ]
    }

    private static func object(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(members.compactMap { name, value in value.map { (name, $0) } })
    }

    private static func integers(_ values: [Int]) -> JSONValue {
        .array(values.map(JSONValue.integer))
    }

    private static func json(_ host: Host) -> JSONValue {
        object([
            ("path", .string(host.path)),
            ("hostName", host.hostName.map(JSONValue.string)),
            ("ranks", .array(host.ranks.map { json($0, host) })),
        ])
    }

    private static func json(_ rank: Int, _ host: Host) -> JSONValue {
        let place = host.places[rank - host.firstRank]
        let nic = host.nic(of: rank)
        return object([
            ("rank", .integer(rank)),
            ("accelerator", host.accelerator(of: rank).map(JSONValue.integer)),
            ("pciBusId", place.accelerator.map { .string("\($0)") }),
            ("numaNode", place.numaNode.map(JSONValue.integer)),
            ("nic", nic.map(JSONValue.integer)),
            (
                "path",
                nic.flatMap { host.path(of: rank, to: $0) }.map { JSONValue.string($0.name) }
            ),
        ])
    }

    private static func json(_ channel: Channel) -> JSONValue {
        let rail = channel.rail.map { rail in
            JSONValue.object([
                ("kind", .string(rail.kind.rawValue)), ("position", .integer(rail.position)),
            ])
        }
        return object([
            ("rail", rail),
            ("ring", .array(channel.order.hosts.map(integers))),
            ("ends", .array(channel.ends.map(json))),
            ("trees", .array(channel.trees.map { json($0, channel.heads(of: $0)) })),
        ])
    }

    private static func json(_ end: End) -> JSONValue {
        object([
            ("nic", end.nic.map(JSONValue.integer)),
            ("first", .integer(end.first)),
            ("firstPath", end.firstPath.map { .string($0.name) }),
            ("last", .integer(end.last)),
            ("lastPath", end.lastPath.map { .string($0.name) }),
        ])
    }

    private static func json(_ tree: Tree, _ heads: [Int]) -> JSONValue {
        .object([("root", .integer(tree.root)), ("heads", integers(heads))])
    }
}

extension HostsPlan.Host {
    /// As its file tells.
    var hostName: String? {
        guard case .file(_, let name) = topology.source else { return nil }
        return name
    }
}
