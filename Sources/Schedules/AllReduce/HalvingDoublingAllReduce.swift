/// All-reduce by recursive halving of what each rank reduces, then recursive doubling of what each
/// rank knows.
///
/// In round `k` of the first half the ranks whose positions differ in bit `k` exchange halves of
/// what both still hold and reduce the half they keep; the largest halves go to the nearest
/// positions. The second half undoes the rounds in reverse. The buffer is divided into `p` chunks,
/// `p` the largest power of two in `n`; the `n - p` other ranks hand their input to a partner first
/// and take the result from it in the end.
///
/// Steps: `2 log₂ p`, plus 2 where `n` is no power of two. Bytes sent by each rank: `2 (p - 1) / p`
/// of the buffer, and once the buffer more by a partner and by a rank that hands over. Source:
/// Rabenseifner: Optimization of collective reduction operations, 2004, as MPICH folds the rest
/// (Thakur, Rabenseifner and Gropp, 2005).
enum HalvingDoublingAllReduce {
    static func draft(at seat: Seat) -> Draft {
        let fold = Fold(seat)
        var draft = Draft(chunkCount: fold.coreCount)
        let all = 0..<fold.coreCount
        switch fold.role {
        case .outside(let partner):
            let handedOver = draft.send(all, to: partner, from: .input)
            draft.receive(all, from: partner, after: [.prefix(of: handedOver)])
        case .core(let index, let guest):
            var exchange = Exchange(index: index, fold: fold)
            if let guest { exchange.takeOver(from: guest, into: &draft) }
            exchange.halve(into: &draft)
            exchange.double(into: &draft)
            if let guest {
                draft.send(
                    all, to: guest, from: .output, after: exchange.complete.map { .whole($0) })
            }
        }
        return draft
    }
}

/// The rounds of one rank of the core.
private struct Exchange {
    let index: Int
    let fold: Fold
    /// The steps that wrote the part of the result known so far.
    private(set) var complete: [Int] = []
    private var latest: Int?
    /// What was sent in each round, and the step that sent it.
    private var sent: [(chunks: Range<Int>, step: Int)] = []
    private var kept: Range<Int>

    init(index: Int, fold: Fold) {
        self.index = index
        self.fold = fold
        kept = 0..<fold.coreCount
    }

    mutating func takeOver(from guest: Int, into draft: inout Draft) {
        let borrowed = draft.borrow(kept, from: guest)
        // The guest's position follows the partner's: its input stands on the right.
        latest = draft.reduce(
            kept, [.local(.input), .lent(step: borrowed)], isFinal: fold.coreCount == 1)
    }

    mutating func halve(into draft: inout Draft) {
        for round in 0..<fold.roundCount {
            let isLower = index & 1 << round == 0
            let partner = fold.rank(ofCore: index ^ 1 << round)
            let middle = kept.lowerBound + kept.count / 2
            let (lower, upper) = (kept.lowerBound..<middle, middle..<kept.upperBound)
            let leaving = isLower ? upper : lower
            kept = isLower ? lower : upper
            let place: Place = latest == nil ? .input : .output
            let ready = latest.map { [Dependency.whole($0)] } ?? []
            sent.append((leaving, draft.send(leaving, to: partner, from: place, after: ready)))
            let lent = Source.lent(step: draft.borrow(kept, from: partner))
            latest = draft.reduce(
                kept, isLower ? [.local(place), lent] : [lent, .local(place)],
                isFinal: round == fold.roundCount - 1, after: ready)
        }
    }

    mutating func double(into draft: inout Draft) {
        complete = latest.map { [$0] } ?? []
        for round in (0..<fold.roundCount).reversed() {
            let partner = fold.rank(ofCore: index ^ 1 << round)
            draft.send(kept, to: partner, from: .output, after: complete.map { .whole($0) })
            // What left in this round of the first half comes back complete: not before it left.
            let (chunks, step) = sent[round]
            complete.append(draft.receive(chunks, from: partner, after: [.prefix(of: step)]))
            kept =
                min(
                    kept.lowerBound, chunks.lowerBound)..<max(kept.upperBound, chunks.upperBound)
        }
    }
}
