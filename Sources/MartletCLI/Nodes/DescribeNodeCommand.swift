import ArgumentParser
import NodeAgent

/// `martlet nodes describe`: all that is known of one node.
struct DescribeNodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show all that is known of one node.")

    @Argument(help: "The node's id, its host name, or the beginning of either.")
    var node: String

    @OptionGroup var place: ControlPlaneOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try Complaint.naming("nodes describe") {
            let source = try ClusterSource.chosen(place.loaded())
            let listing = try waiting { try await source.listing() }
            let found = try NodeChoice.one(node, in: listing)
            if json {
                let bytes = try CanonicalJSON.encode(found)
                Swift.print(String(decoding: bytes, as: UTF8.self))
            } else {
                Swift.print(NodeText(found).text, terminator: "")
            }
        }
    }
}

/// Which node somebody means.
enum NodeChoice {
    /// The node of this id or host name, else the only one whose id or name begins so.
    static func one(_ name: String, in listing: ClusterListing) throws -> NodeView {
        let exact = listing.nodes.filter {
            $0.nodeId == name || $0.record?.identity.hostname == name
        }
        let begun = listing.nodes.filter {
            $0.nodeId.hasPrefix(name) || $0.record?.identity.hostname.hasPrefix(name) == true
        }
        let found = exact.isEmpty ? begun : exact
        if found.count == 1 { return found[0] }
        guard !found.isEmpty else {
            let known = listing.nodes.prefix(8).map(\.nodeId).joined(separator: ", ")
            throw Complaint(
                "cluster \(listing.cluster) has no node '\(name)'; "
                    + (known.isEmpty ? "it has none at all" : "it has \(known)"))
        }
        let ids = found.prefix(8).map(\.nodeId).joined(separator: ", ")
        throw Complaint("'\(name)' may be \(found.count) nodes: \(ids); give more of the id")
    }
}
