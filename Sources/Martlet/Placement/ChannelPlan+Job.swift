internal import Bootstrap
internal import Schedules
internal import Topology

extension ChannelPlan {
    /// The channels of a job, from what every rank has told of its place: the same on every rank.
    /// Hosts stand in the order of their lowest ranks.
    init(_ membership: Membership) {
        self.init(
            hosts: membership.ranksByHost.map { ranks in
                ranks.map { rank in
                    let told = membership.roster[rank].capabilities
                    return (rank, RankPlace(bytes: told) ?? .unknown)
                }
            })
    }
}

extension RankOrder {
    /// The order in which a channel's rings and trees run.
    init(_ channel: ChannelPlan.Channel) {
        do {
            try self.init(hosts: channel.hosts)
        } catch {
            preconditionFailure("a roster lists each rank once: \(error)")
        }
    }
}
