internal import Bootstrap
internal import Schedules

extension RankOrder {
    /// The ranks of a job, host after host, hosts in the order of their lowest ranks: the same on
    /// every rank.
    static func natural(_ membership: Membership) -> RankOrder {
        do {
            return try RankOrder(hosts: membership.ranksByHost)
        } catch {
            preconditionFailure("the roster lists each rank once: \(error)")
        }
    }
}
