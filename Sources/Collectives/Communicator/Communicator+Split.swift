internal import Platform

extension Communicator {
    /// Divides the ranks into new communicators, one for each color; every rank calls it.
    ///
    /// Ranks with the same color meet in one, in the order of their keys, and of their ranks where
    /// keys are equal. A rank with no color takes part in none and gets nil. The new communicator
    /// has links and a sequence of its own, fails alone, and may outlive this one, but not the world:
    /// when this process leaves that, all of its communicators fail.
    ///
    /// Blocks for an all-gather on this communicator and until the new links stand, each within the
    /// operation's deadline. Throws what an all-gather throws, and then this communicator has failed;
    /// or why the new links do not stand (`timedOut`, `system`, `peerLost` and others), and then the
    /// new one has failed on all its members, and this one is as good as before.
    public func split(color: Int?, key: Int = 0) throws(CollectiveError) -> Communicator? {
        let mine: [Int64] = [color == nil ? 0 : 1, Int64(color ?? 0), Int64(key)]
        let all = try allGather(mine)
        let generation = splitCount.update { count in
            count += 1
            return count
        }
        guard let color else { return nil }
        let members = (0..<rankCount)
            .filter { all[3 * $0] == 1 && all[3 * $0 + 1] == Int64(color) }
            .sorted { (all[3 * $0 + 2], $0) < (all[3 * $1 + 2], $1) }
        return try fabric.make(
            identifier: childIdentifier(generation: generation, color: color),
            worldRanks: members.map { worldRanks[$0] })
    }

    /// The same on every member and different for every other split, by FNV-1a over all that
    /// tells them apart.
    private func childIdentifier(generation: Int, color: Int) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for word in [identifier, UInt64(generation), UInt64(bitPattern: Int64(color))] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                hash = (hash ^ (word >> shift & 0xff)) &* 0x0000_0100_0000_01b3
            }
        }
        return hash
    }
}
