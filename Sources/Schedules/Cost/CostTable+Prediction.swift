/// A predicted time and what it is made of.
public struct Prediction: Sendable, Hashable {
    /// Latency of all steps, one after the other.
    public var latencyNanoseconds: Int
    /// Messages, bytes and reductions of the busiest rank.
    public var busiestNanoseconds: Int
    /// The work of all ranks of a host, divided among its cores.
    public var workNanoseconds: Int

    /// Each step's latency is paid; beyond that, the busiest rank or the host's cores are what
    /// everyone waits for.
    public var nanoseconds: Int {
        Saturating.sum(latencyNanoseconds, max(busiestNanoseconds, workNanoseconds))
    }
}

extension CostTable {
    /// The time a collective takes, from when the last rank has entered it.
    ///
    /// The classic model (Hockney, 1994, with the reduction term of Thakur, Rabenseifner and Gropp,
    /// 2005): latency for each step, time per message and per byte of the busiest rank. In addition,
    /// ranks that share cores share the processor time that their messages and bytes take, and
    /// give up their core to one another at each step.
    ///
    /// - Complexity: O(log n).
    public func prediction(
        of collective: Collective, by algorithm: Algorithm, rankCount: Int, byteCount: Int
    ) -> Prediction {
        let profile = Profile(
            collective: collective, algorithm: algorithm, rankCount: rankCount,
            byteCount: byteCount)
        return Prediction(
            latencyNanoseconds: latency(profile, rankCount: rankCount),
            busiestNanoseconds: busiest(profile, rankCount: rankCount),
            workNanoseconds: work(profile, rankCount: rankCount))
    }

    private func link(rankCount: Int) -> Link { rankCount <= ranksPerHost ? local : remote }

    private func localRankCount(of rankCount: Int) -> Int {
        max(1, min(ranksPerHost, rankCount))
    }

    private func latency(_ profile: Profile, rankCount: Int) -> Int {
        let cores = max(1, coresPerHost)
        let turns = (localRankCount(of: rankCount) + cores - 1) / cores
        let step = Saturating.sum(
            link(rankCount: rankCount).latencyNanoseconds,
            Saturating.product(switchNanoseconds, turns - 1))
        return Saturating.product(profile.stepCount, step)
    }

    private func busiest(_ profile: Profile, rankCount: Int) -> Int {
        let link = link(rankCount: rankCount)
        let filling = Saturating.product(
            max(0, profile.stepCount - 1), min(profile.fillByteCount, segmentByteCount))
        let bytes = Saturating.sum(profile.busiestByteCount, filling)
        var wire = nanoseconds(bytes, link.picosecondsPerByte)
        if rankCount > ranksPerHost {
            wire = max(wire, network(profile, rankCount: rankCount))
        }
        // The messages of a chain of steps follow one another, whoever they are of.
        let messages = max(profile.busiestMessageCount, profile.stepCount)
        return Saturating.sum(
            Saturating.product(messages, messageNanoseconds), wire,
            nanoseconds(profile.busiestReducedByteCount, reducePicosecondsPerByte))
    }

    /// The time for what the ranks of one host send to others. A schedule whose ranks send few
    /// messages keeps to neighbours, most of them on the same host; one in which all talk to all
    /// sends as much of it to other hosts as there are ranks on them.
    private func network(_ profile: Profile, rankCount: Int) -> Int {
        let isComplete =
            profile.messageCount == rankCount * (rankCount - 1) && profile.stepCount == 1
        guard isComplete else { return 0 }
        let (local, remote) = (ranksPerHost, rankCount - ranksPerHost)
        let pairByteCount = profile.sentByteCount / profile.messageCount
        return nanoseconds(
            Saturating.product(pairByteCount, Saturating.product(local, remote)),
            self.remote.picosecondsPerByte)
    }

    private func work(_ profile: Profile, rankCount: Int) -> Int {
        let all = Saturating.sum(
            Saturating.product(profile.messageCount, messageNanoseconds),
            nanoseconds(profile.sentByteCount, copyPicosecondsPerByte),
            nanoseconds(profile.reducedByteCount, reducePicosecondsPerByte))
        let hosts = max(1, rankCount / localRankCount(of: rankCount))
        return all / (hosts * max(1, coresPerHost))
    }

    private func nanoseconds(_ byteCount: Int, _ picosecondsPerByte: Int) -> Int {
        Saturating.product(byteCount / 1000, picosecondsPerByte)
            + Saturating.product(byteCount % 1000, picosecondsPerByte) / 1000
    }
}
