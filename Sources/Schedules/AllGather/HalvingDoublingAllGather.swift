/// All-gather by recursive doubling of what each rank knows.
///
/// In round `k` the ranks whose positions differ in bit `k` exchange all they know. Where `n` is no
/// power of two, the `n - p` ranks beyond the largest power `p` hand their part to a partner first
/// and take what they miss from it in the end.
///
/// Steps: `log₂ p`; 1 more where `n` is no power of two, and 2 more from `n - p > p / 2` on. A
/// message per run of consecutive parts, one per step in ascending order. Bytes sent by each rank: `(n - 1) / n` of the output for a power of
/// two; a partner sends up to as much again to its guest. Source: Thakur, Rabenseifner and Gropp:
/// Optimization of collective communication operations in MPICH, 2005.
enum HalvingDoublingAllGather {
    static func draft(at seat: Seat) -> Draft {
        let fold = Fold(seat)
        var draft = Draft(chunkCount: seat.count)
        let own = seat.rank..<seat.rank + 1
        switch fold.role {
        case .outside(let partner):
            draft.send(own, to: partner, from: .input)
            for run in runs(seat.order.filter { $0 != seat.rank }) {
                draft.receive(run, from: partner)
            }
            draft.copy(own)
        case .core(let index, let guest):
            double(index: index, guest: guest, seat: seat, fold: fold, into: &draft)
        }
        return draft
    }

    private static func double(
        index: Int, guest: Int?, seat: Seat, fold: Fold, into draft: inout Draft
    ) {
        let own = seat.rank..<seat.rank + 1
        var known = [(parts: own, step: draft.copy(own))]
        func receive(_ run: Range<Int>, from peer: Int) {
            known.append((run, draft.receive(run, from: peer)))
        }
        func send(_ run: Range<Int>, to peer: Int) {
            let ready = known.filter { $0.parts.overlaps(run) }.map { Dependency.whole($0.step) }
            draft.send(run, to: peer, from: .output, after: ready)
        }
        if let guest { receive(guest..<guest + 1, from: guest) }
        for round in 0..<fold.roundCount {
            let mine = index >> round
            let partner = fold.rank(ofCore: index ^ 1 << round)
            for run in runs(ranks(ofBlock: mine, round: round, fold: fold)) {
                send(run, to: partner)
            }
            for run in runs(ranks(ofBlock: mine ^ 1, round: round, fold: fold)) {
                receive(run, from: partner)
            }
        }
        guard let guest else { return }
        for run in runs(seat.order.filter { $0 != guest }) { send(run, to: guest) }
    }

    /// The ranks whose parts a block of `2^round` core ranks knows before that round.
    private static func ranks(ofBlock block: Int, round: Int, fold: Fold) -> [Int] {
        (block << round..<(block + 1) << round).flatMap { fold.ranks(ofCore: $0) }
    }

    /// The same parts as ranges of consecutive ones, ascending.
    private static func runs(_ parts: some Sequence<Int>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for part in parts.sorted() {
            if let last = runs.last, last.upperBound == part {
                runs[runs.count - 1] = last.lowerBound..<part + 1
            } else {
                runs.append(part..<part + 1)
            }
        }
        return runs
    }
}
