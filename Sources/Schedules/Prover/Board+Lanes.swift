extension Board {
    /// Finds for each send the step that takes it, and checks that both mean the same chunks.
    ///
    /// The first send of a lane meets the lane's first receive or borrow, the second the second.
    mutating func matchLanes() throws(Refutation) {
        partners = [Int](repeating: -1, count: steps.count)
        lanePredecessors = [Int](repeating: -1, count: steps.count)
        var lanes = sendLanes()
        var latest = [Int](repeating: -1, count: rankCount * rankCount)
        for id in steps.indices {
            let step = steps[id]
            guard step.kind == .receive || step.kind == .borrow else { continue }
            let lane = step.peer * rankCount + step.rank
            let sender = lanes.heads[lane]
            try checkMatch(of: sender, with: id)
            lanes.heads[lane] = lanes.successors[sender]
            partners[id] = sender
            partners[sender] = id
            lanePredecessors[id] = latest[lane]
            latest[lane] = id
            messageCount += 1
        }
        for id in steps.indices where steps[id].kind == .send && partners[id] < 0 {
            throw refutation(
                .unmatched, at: id,
                "sends chunks \(steps[id].chunks) to rank \(steps[id].peer), which never takes them"
            )
        }
    }

    /// The first send from each rank to each, and the one that follows each in its lane.
    private func sendLanes() -> (heads: [Int], successors: [Int]) {
        var heads = [Int](repeating: -1, count: rankCount * rankCount)
        var successors = [Int](repeating: -1, count: steps.count)
        for id in steps.indices.reversed() where steps[id].kind == .send {
            let lane = steps[id].rank * rankCount + steps[id].peer
            successors[id] = heads[lane]
            heads[lane] = id
        }
        return (heads, successors)
    }

    private func checkMatch(of sender: Int, with receiver: Int) throws(Refutation) {
        let wanted = steps[receiver]
        guard sender >= 0 else {
            throw refutation(
                .unmatched, at: receiver,
                "waits for chunks \(wanted.chunks) from rank \(wanted.peer), which never sends them"
            )
        }
        guard steps[sender].chunks == wanted.chunks else {
            throw refutation(
                .unmatched, at: receiver,
                "expects chunks \(wanted.chunks), but \(reference(sender)) sends"
                    + " \(steps[sender].chunks) next")
        }
    }
}
