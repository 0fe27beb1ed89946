internal import Bootstrap
internal import Collectives
internal import Liveness
internal import Platform
internal import Schedules

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
                + "\(member.processIdentifier), \(member.processorCount) cores: \(link)"
        }
        lines += planLines(communicator)
        lines += service.summary
        lines.append("an operation's deadline: \(operationTimeoutSeconds) s")
        return lines.joined(separator: "\n")
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
            "  ranks in the order of rings and trees, a slash between hosts: "
                + "\(communicator.engine.order)",
            "  all-reduce by size: " + choices.joined(separator: ", "),
        ]
    }
}
