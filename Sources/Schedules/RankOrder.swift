/// The ranks of a communicator in the order in which rings and trees run, host after host.
///
/// Neighbours in it are near each other: a ring over it enters and leaves each host once.
public struct RankOrder: Sendable, Hashable {
    /// Each rank once.
    public let ranks: [Int]
    /// How many ranks each host has, in the order in which `ranks` lists the hosts.
    public let hostSizes: [Int]

    /// Throws `invalidOrder` unless `ranks` lists each of `0..<ranks.count` once and `hostSizes`
    /// are positive and add up to as many.
    public init(ranks: [Int], hostSizes: [Int]) throws(ScheduleError) {
        _ = try Pattern.positions(in: ranks, rankCount: ranks.count)
        guard hostSizes.allSatisfy({ $0 > 0 }), hostSizes.reduce(0, +) == ranks.count else {
            throw ScheduleError(
                .invalidOrder, "hosts of \(hostSizes) ranks do not add up to \(ranks.count)")
        }
        self.ranks = ranks
        self.hostSizes = hostSizes
    }

    /// The ranks of each host, hosts and ranks in order. The hosts together must list each of
    /// `0..<n` once; hosts without ranks are left out.
    public init(hosts: [[Int]]) throws(ScheduleError) {
        let hosts = hosts.filter { !$0.isEmpty }
        try self.init(ranks: hosts.flatMap(\.self), hostSizes: hosts.map(\.count))
    }

    /// Ascending ranks on one host.
    public init(ascending rankCount: Int) {
        ranks = Array(0..<rankCount)
        hostSizes = rankCount > 0 ? [rankCount] : []
    }

    /// The ranks of each host.
    public var hosts: [[Int]] { RankOrder.hosts(of: ranks, sizes: hostSizes) }

    static func hosts(of ranks: [Int], sizes: [Int]) -> [[Int]] {
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return Array(ranks[start..<start + size])
        }
    }

    /// The order among some of the ranks, which are numbered anew: `members[i]` becomes rank `i`.
    public func restricted(to members: [Int]) -> RankOrder {
        var numbers: [Int: Int] = [:]
        for (number, member) in members.enumerated() { numbers[member] = number }
        let rest = hosts.map { $0.compactMap { numbers[$0] } }.filter { !$0.isEmpty }
        return RankOrder(trusted: rest)
    }

    private init(trusted hosts: [[Int]]) {
        ranks = hosts.flatMap(\.self)
        hostSizes = hosts.map(\.count)
    }
}

extension RankOrder: CustomStringConvertible {
    /// The ranks, with a slash between hosts: `0 1 / 2 3`. It reads back by ``init(text:)``.
    public var description: String {
        hosts.map { $0.map(String.init).joined(separator: " ") }.joined(separator: " / ")
    }

    /// Reads what ``description`` wrote; nil for anything else.
    init?(text: some StringProtocol) {
        var hosts: [[Int]] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false) {
            let words = part.split(separator: " ")
            let ranks = words.compactMap { Int($0) }
            guard !ranks.isEmpty, ranks.count == words.count else { return nil }
            hosts.append(ranks)
        }
        do {
            try self.init(hosts: hosts)
        } catch {
            return nil
        }
    }
}
