/// What a process holds once it has met the others.
package struct Membership: Sendable {
    package let rank: Int
    package let epoch: UInt32
    /// All members, in the order of their ranks; the same on every rank.
    package let roster: [Member]
    /// Our rank among those of this host, as the launcher counts, else by rank.
    package let localRank: Int
    /// The listening socket. What arrived for others during the meeting waits in it.
    package let doorkeeper: Doorkeeper
    package let credentials: Credentials

    package var rankCount: Int { roster.count }
    package var jobIdentifier: String { credentials.job }

    init(
        configuration: JoinConfiguration, roster: [Member], doorkeeper: Doorkeeper
    ) {
        rank = configuration.rank
        epoch = configuration.epoch
        self.roster = roster
        self.doorkeeper = doorkeeper
        credentials = configuration.credentials
        let own = roster[configuration.rank].host
        localRank =
            configuration.localRank
            ?? roster[..<configuration.rank].count { $0.host.isSameHost(as: own) }
    }

    /// Whether two ranks run on the same kernel and see each other's processes.
    package func isSameHost(_ left: Int, _ right: Int) -> Bool {
        left == right || roster[left].host.isSameHost(as: roster[right].host)
    }

    /// The ranks on the host of `rank`, in order, itself included.
    package func ranksOnHost(of rank: Int) -> [Int] {
        roster.indices.filter { isSameHost($0, rank) }
    }

    /// The ranks of every host, hosts in the order of their lowest ranks.
    package var ranksByHost: [[Int]] {
        var ranks: [[Int]] = []
        for member in roster {
            let index = ranks.firstIndex { isSameHost($0[0], member.rank) }
            if let index { ranks[index].append(member.rank) } else { ranks.append([member.rank]) }
        }
        return ranks
    }
}
