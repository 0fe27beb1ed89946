package import Platform
internal import Synchronization
package import Transport

/// Opens links of one communicator; the transports stand behind it.
package protocol LinkOpener: AnyObject, Sendable {
    /// Links to all the given peers, in their order. Both ends open the same links, in any order;
    /// returns when all stand and are proved, or throws at the deadline, naming who is missing.
    func openLinks(
        to peers: [Int], deadline: Deadline
    ) throws(CollectiveError) -> [any LinkOwner]

    /// Why the link to a peer is what it is, for `describe()`.
    func reason(for peer: Int) -> String
}

/// What people are told of a link, whoever drives it at the moment.
struct LinkDescription {
    var transport: String
    var summary: String
}

extension Engine {
    /// The transports of the links that are open, `none` where there is none.
    package var transportSummary: String {
        let names = Set(links.withLock { $0.values.map(\.transport) })
        return names.isEmpty ? "none" : names.sorted().joined(separator: "+")
    }

    /// The link to a peer and the reason for it, for people.
    package func linkSummary(to peer: Int) -> String {
        guard let link = links.withLock({ $0[peer] }) else {
            return "no link yet (opens at its first use)"
        }
        return "\(link.summary) (\(opener.reason(for: peer)))"
    }
}
