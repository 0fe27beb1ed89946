/// Barrier by recursive doubling: in round `k` the ranks whose positions differ in bit `k` tell each
/// other of all whose arrival they know.
///
/// Where `n` is no power of two, the ranks beyond the largest power `p` tell a partner first and
/// hear from it in the end. As an all-reduce of one byte each round combines two bytes, the lower
/// position's on the left.
///
/// Steps: `log₂ p`, plus 2 where `n` is no power of two. Messages sent by each rank: as many. Source:
/// the butterfly barrier (Brooks, 1986).
enum DoublingBarrier {
    static func draft(at seat: Seat) -> Draft {
        let fold = Fold(seat)
        var draft = Draft(chunkCount: 1)
        switch fold.role {
        case .outside(let partner):
            let told = draft.send(0..<1, to: partner, from: .input)
            draft.receive(0..<1, from: partner, after: [.prefix(of: told)])
        case .core(let index, let guest):
            double(index: index, guest: guest, fold: fold, into: &draft)
        }
        return draft
    }

    private static func double(index: Int, guest: Int?, fold: Fold, into draft: inout Draft) {
        var latest: Int?
        if let guest {
            let lent = Source.lent(step: draft.borrow(0..<1, from: guest))
            latest = draft.reduce(0..<1, [.local(.input), lent], isFinal: false)
        }
        for round in 0..<fold.roundCount {
            let partner = fold.rank(ofCore: index ^ 1 << round)
            let local = Source.local(latest == nil ? .input : .output)
            let ready = latest.map { [Dependency.prefix(of: $0)] } ?? []
            let sent = draft.send(
                0..<1, to: partner, from: latest == nil ? .input : .output, after: ready)
            let lent = Source.lent(step: draft.borrow(0..<1, from: partner))
            // In place the byte that arrives replaces the one that leaves.
            latest = draft.reduce(
                0..<1, index & 1 << round == 0 ? [local, lent] : [lent, local],
                isFinal: round == fold.roundCount - 1, after: [.prefix(of: sent)])
        }
        if let guest, let latest {
            draft.send(0..<1, to: guest, from: .output, after: [.prefix(of: latest)])
        }
    }
}
