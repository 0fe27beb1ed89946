internal import Platform

/// What all are told once all have come.
extension MeetingHost {
    func assign() {
        let members = [own] + (1..<configuration.rankCount).compactMap { registered[$0]?.member }
        if let problem = unreachability(of: members) { return conclude(problem) }
        roster = members
        let frame = Roster.frame(of: members)
        let children = MeetingTree.children(of: 0, rankCount: members.count)
        for rank in 1..<members.count {
            guard let parent = MeetingTree.parent(of: rank), let link = registered[rank]?.link
            else { continue }
            link.send(Assignment(parent: parent, endpoint: members[parent].endpoint).frame)
            if children.contains(rank) { link.send(frame) }
        }
    }

    private func unreachability(of members: [Member]) -> BootstrapError? {
        guard let far = members.first(where: { $0.host.bootIdentifier != own.host.bootIdentifier }),
            let near = members.first(where: { $0.endpoint.isLoopback })
        else { return nil }
        return BootstrapError(
            .invalidConfiguration,
            "rank \(near.rank) is at \(near.place), a loopback address that rank \(far.rank) "
                + "(\(far.place)) cannot reach", phase: .roster, culprit: near.rank,
            peer: near.endpoint,
            remedy: "set MARTLET_INTERFACE to the network that the hosts share")
    }
}
