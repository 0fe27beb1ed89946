extension LivenessState {
    /// `rank 1 (world rank 5, process 4711 on node-3)`.
    func name(of worldRank: Int, in index: Int) -> String {
        let rank = registrations[index].rank(of: worldRank)
        var details: [String] = []
        if rank != worldRank { details.append("world rank \(worldRank)") }
        if let place = configuration.describePlace?(worldRank) { details.append(place) }
        let name = rank.map { "rank \($0)" } ?? "a stranger"
        return details.isEmpty ? name : "\(name) (\(details.joined(separator: ", ")))"
    }

    /// Why a communicator fails when members are lost; the lowest is to blame.
    func lossCause(
        _ index: Int, _ lost: [Int], _ reason: LivenessMessage.Loss.Reason, origin: Int
    ) -> AbortCause {
        let registration = registrations[index]
        let names = lost.prefix(Self.namesLimit).map { name(of: $0, in: index) }
        let more = lost.count - names.count
        let list = names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
        let what =
            switch reason {
            case .ended: "the process ended"
            case .unreachable: "nothing acknowledges there any more: host or network is gone"
            }
        return AbortCause(
            code: .peerLost, culprit: lost.compactMap { registration.rank(of: $0) }.min(),
            message: lost.contains(rank)
                ? "this rank, \(list), was declared lost by world rank \(origin)"
                : "lost \(list): \(what)",
            origin: registration.rank(of: origin), phase: registration.phase)
    }

    /// How many ranks a message names.
    static var namesLimit: Int { 6 }
}
