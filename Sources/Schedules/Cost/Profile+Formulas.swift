extension Profile {
    /// See ``RingAllReduce``, ``TreeAllReduce``, ``HalvingDoublingAllReduce``, ``DirectAllReduce``,
    /// ``StarAllReduce``.
    static func allReduce(_ algorithm: Algorithm, _ size: Size) -> Profile {
        switch algorithm {
        case .ring: ringAllReduce(size)
        case .tree: treeAllReduce(size)
        case .halvingDoubling: halvingDoublingAllReduce(size)
        case .direct: directAllReduce(size)
        case .star: starAllReduce(size)
        }
    }

    private static func ringAllReduce(_ size: Size) -> Profile {
        var profile = Profile()
        let n = size.n
        profile.stepCount = 2 * (n - 1)
        profile.messageCount = 2 * n * (n - 1)
        profile.busiestMessageCount = 2 * (n - 1)
        profile.sentByteCount = size.times(2 * (n - 1))
        profile.busiestByteCount = size.share(2 * (n - 1), of: n)
        profile.reducedByteCount = size.times(n - 1)
        profile.busiestReducedByteCount = size.share(n - 1, of: n)
        return profile
    }

    private static func treeAllReduce(_ size: Size) -> Profile {
        var profile = Profile()
        let n = size.n
        profile.stepCount = 2 * size.depth
        profile.messageCount = 4 * (n - 1)
        // An inner rank with a parent and two children, which is a leaf in the other tree.
        profile.busiestMessageCount = min(n, 4)
        profile.sentByteCount = size.times(2 * (n - 1))
        profile.busiestByteCount = size.share(min(n, 4), of: 2)
        profile.reducedByteCount = size.times(n - 1)
        profile.busiestReducedByteCount = size.share(min(n - 1, 2), of: 2)
        profile.fillByteCount = size.half
        return profile
    }

    private static func halvingDoublingAllReduce(_ size: Size) -> Profile {
        var profile = Profile()
        let (p, rounds, rest) = (size.p, size.rounds, size.rest)
        let folded = rest > 0 ? 1 : 0
        profile.stepCount = 2 * rounds + 2 * folded
        profile.messageCount = 2 * rounds * p + 2 * rest
        profile.busiestMessageCount = 2 * rounds + folded
        profile.sentByteCount = size.times(2 * (size.n - 1))
        profile.busiestByteCount = size.share(2 * (p - 1), of: p) + size.times(folded)
        profile.reducedByteCount = size.times(size.n - 1)
        profile.busiestReducedByteCount = size.share(p - 1, of: p) + size.times(folded)
        return profile
    }

    private static func directAllReduce(_ size: Size) -> Profile {
        var profile = Profile()
        let n = size.n
        profile.stepCount = 1
        profile.messageCount = n * (n - 1)
        profile.busiestMessageCount = n - 1
        profile.sentByteCount = size.times(n * (n - 1))
        profile.busiestByteCount = size.times(n - 1)
        profile.reducedByteCount = profile.sentByteCount
        profile.busiestReducedByteCount = profile.busiestByteCount
        return profile
    }

    private static func starAllReduce(_ size: Size) -> Profile {
        var profile = Profile()
        let n = size.n
        profile.stepCount = 2
        profile.messageCount = 2 * (n - 1)
        profile.busiestMessageCount = n - 1
        profile.sentByteCount = size.times(2 * (n - 1))
        profile.busiestByteCount = size.times(n - 1)
        profile.reducedByteCount = profile.busiestByteCount
        profile.busiestReducedByteCount = profile.busiestByteCount
        profile.fillByteCount = size.byteCount
        return profile
    }

    /// See ``DirectReduceScatter``.
    static func reduceScatter(_ size: Size) -> Profile {
        var profile = allGather(.direct, size)
        profile.reducedByteCount = profile.sentByteCount
        profile.busiestReducedByteCount = profile.busiestByteCount
        return profile
    }

    /// See ``RingAllGather``, ``HalvingDoublingAllGather``, ``DirectAllGather``.
    static func allGather(_ algorithm: Algorithm, _ size: Size) -> Profile {
        var profile = Profile()
        let n = size.n
        profile.stepCount = algorithm == .ring ? n - 1 : 1
        profile.messageCount = n * (n - 1)
        profile.busiestMessageCount = n - 1
        profile.sentByteCount = size.times(n - 1)
        profile.busiestByteCount = size.share(n - 1, of: n)
        guard algorithm == .halvingDoubling else { return profile }
        let (rounds, rest) = (size.rounds, size.rest)
        // From a guest to another guest at the far end, of which there is none up to half the core.
        let folding = rest == 0 ? 0 : rest > size.p / 2 ? 2 : 1
        profile.stepCount = rounds + folding
        profile.messageCount = rounds * size.p + 3 * rest
        profile.busiestMessageCount = rest > 0 ? rounds + 2 : rounds
        // The first rank of the core sends most: blocks that begin with it hold the most guests.
        let exchanged = (0..<rounds).reduce(0) { $0 + (1 << $1) + min(1 << $1, rest) }
        profile.busiestByteCount = size.share(exchanged + (rest > 0 ? n - 1 : 0), of: n)
        return profile
    }

    /// See ``RingBroadcast``, ``TreeBroadcast``, ``DirectBroadcast``.
    static func broadcast(_ algorithm: Algorithm, _ size: Size) -> Profile {
        var profile = Profile()
        let n = size.n
        profile.messageCount = n - 1
        profile.sentByteCount = size.times(n - 1)
        switch algorithm {
        case .ring:
            profile.stepCount = n - 1
            profile.busiestMessageCount = 1
            profile.busiestByteCount = size.byteCount
            profile.fillByteCount = size.byteCount
        case .tree:
            profile.stepCount = size.rootedDepth
            profile.messageCount = 2 * (n - 1)
            profile.busiestMessageCount = 2
            profile.busiestByteCount = size.byteCount
            profile.fillByteCount = size.half
        case .halvingDoubling, .direct, .star:
            profile.stepCount = 1
            profile.busiestMessageCount = n - 1
            profile.busiestByteCount = size.times(n - 1)
        }
        return profile
    }

    /// See ``RingReduce``, ``TreeReduce``, ``DirectReduce``: a broadcast mirrored, and what the
    /// busiest rank receives it combines.
    static func reduce(_ algorithm: Algorithm, _ size: Size) -> Profile {
        var profile = broadcast(algorithm, size)
        profile.reducedByteCount = profile.sentByteCount
        profile.busiestReducedByteCount = profile.busiestByteCount
        return profile
    }

    /// See ``TreeAllReduce``, ``DoublingBarrier``, ``DirectAllReduce``, ``StarAllReduce``.
    static func barrier(_ algorithm: Algorithm, _ size: Size) -> Profile {
        var profile = Profile()
        let n = size.n
        switch algorithm {
        case .tree:
            profile.stepCount = 2 * size.depth
            profile.messageCount = 2 * (n - 1)
            profile.busiestMessageCount = min(n - 1, 3)
            profile.reducedByteCount = n - 1
            profile.busiestReducedByteCount = min(n - 1, 2)
        case .halvingDoubling:
            let folded = size.rest > 0 ? 1 : 0
            profile.stepCount = size.rounds + 2 * folded
            profile.messageCount = size.rounds * size.p + 2 * size.rest
            profile.busiestMessageCount = size.rounds + folded
            profile.reducedByteCount = size.rounds * size.p + size.rest
            profile.busiestReducedByteCount = profile.busiestMessageCount
        case .ring, .direct: return directAllReduce(size)
        case .star: return starAllReduce(size)
        }
        profile.sentByteCount = profile.messageCount
        profile.busiestByteCount = profile.busiestMessageCount
        return profile
    }
}
