/// The order in which the roster spreads: every rank has one parent and at most eight children, so
/// 512 ranks are three steps from rank 0.
enum MeetingTree {
    static let fanOut = 8

    /// nil for rank 0.
    static func parent(of rank: Int) -> Int? {
        rank == 0 ? nil : (rank - 1) / fanOut
    }

    static func children(of rank: Int, rankCount: Int) -> Range<Int> {
        let first = rank * fanOut + 1
        return min(first, rankCount)..<min(first + fanOut, rankCount)
    }
}

/// Ranks as people read them: `0, 1, 2`, and `0-254, 256` when there are many.
enum RankList {
    /// More runs than this are cut short: a message is read by people.
    private static let runLimit = 40

    static func text(_ ranks: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for rank in ranks.sorted() {
            if let last = runs.last, last.upperBound + 1 == rank {
                runs[runs.count - 1] = last.lowerBound...rank
            } else {
                runs.append(rank...rank)
            }
        }
        let texts = runs.prefix(runLimit).map { run in
            run.count < 4
                ? run.map(String.init).joined(separator: ", ")
                : "\(run.lowerBound)-\(run.upperBound)"
        }
        return texts.joined(separator: ", ") + (runs.count > runLimit ? ", ..." : "")
    }

    /// `rank 3` or `ranks 3, 5`.
    static func named(_ ranks: [Int]) -> String {
        (ranks.count == 1 ? "rank " : "ranks ") + text(ranks)
    }
}
