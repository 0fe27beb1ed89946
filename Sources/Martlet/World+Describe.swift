internal import Bootstrap
internal import Collectives
internal import Liveness
internal import Platform
internal import Schedules
internal import Topology

extension World {
    func describe(_ communicator: Communicator) -> String {
        let name = communicator.identifier == Self.identifier ? "world" : "communicator"
        var lines = [
            "\(name) \(String(communicator.identifier, radix: 16)): rank \(communicator.rank) of "
                + "\(communicator.rankCount) in job \(membership.jobIdentifier), epoch "
                + "\(membership.epoch)"
        ]
        lines += communicator.worldRanks.enumerated().map { rank, worldRank in
            let member = membership.roster[worldRank]
            let link =
                rank == communicator.rank
                ? "itself" : communicator.engine.linkSummary(to: rank)
            return "  rank \(rank): \(member.host.hostname), process "
                + "\(member.processIdentifier), \(member.processorCount) cores"
                + "\(placeText(of: member)): \(link)"
        }
        lines.append("place of this rank: \(placement.reason)")
        if let node = placement.memoryNode {
            lines.append("buffers and threads of the library: on NUMA node \(node)")
        }
        lines.append("transports: \(policy.text)")
        lines += planLines(communicator)
        lines += service.summary
        lines.append("an operation's deadline: \(operationTimeoutSeconds) s")
        return lines.joined(separator: "\n")
    }

    private func placeText(of member: Member) -> String {
        guard let place = RankPlace(bytes: member.capabilities) else { return "" }
        return (place.numaNode.map { ", NUMA node \($0)" } ?? "")
            + (place.accelerator.map { ", accelerator \($0)" } ?? "")
    }

    /// Every rail would carry a channel of its own, on transports that can choose NICs.
    private var channelLine: String {
        let rails = channels.channels.compactMap(\.rail).map(\.description)
        guard !rails.isEmpty else { return "  channels: 1" }
        return "  channels: 1, by the route to each peer (rails: \(rails.joined(separator: ", ")))"
    }

    private func planLines(_ communicator: Communicator) -> [String] {
        guard let agreed = plan else { return ["plan: none yet"] }
        let sizes = [8, 1 << 10, 64 << 10, 1 << 20, 16 << 20, 256 << 20]
        let choices = sizes.map { byteCount in
            let algorithm = communicator.engine.choose(.allReduce, byteCount)
            return "\(byteCount) B \(algorithm.name)"
        }
        var forced = agreed.demands.algorithm.map { ", \($0.name) forced" } ?? ""
        if agreed.demands.isStrict { forced += ", strict" }
        return [
            "plan: \(agreed.source)\(forced)",
            "  order of rings and trees, a slash between hosts: \(communicator.engine.order)",
            channelLine,
            "  all-reduce by size: " + choices.joined(separator: ", "),
        ]
    }
}
