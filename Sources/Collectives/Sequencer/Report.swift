package import Liveness

/// What a rank tells the others when its operation cannot go on.
package enum Report: Sendable, Hashable {
    /// Fail everywhere, for this cause.
    case abort(AbortCause)
    /// A data link broke: find out why.
    case suspect(rank: Int, errorNumber: Int32)
    /// The deadline passed: find out who is to blame.
    case inquest(sequence: UInt64, heard: [HeardHeader])
}

extension Sequencer {
    /// What to tell of a stop. The words about links that were not opened are their opener's.
    package func report(of stop: Stop, lastPossible: UInt64) -> Report? {
        switch stop {
        case .failure: executor.failureReport
        case .deadline: executor.deadlineReport()
        case .departure: departureReport(lastPossible)
        case .unopened: nil
        }
    }

    private func departureReport(_ last: UInt64) -> Report {
        .abort(
            AbortCause(
                code: .peerLeft,
                message: "a rank has left the communicator after operation #\(last), and operation"
                    + " #\(sequence + 1) needs it"))
    }

    /// The cause of a communicator whose verdict never came. It is failed all the same: half an
    /// operation is running.
    package var missingVerdict: AbortCause {
        AbortCause(
            code: .system, message: "operation #\(sequence) failed and no verdict came",
            origin: executor.rank)
    }
}

extension Executor {
    /// What to tell about the executor's own failure; nil while there is none.
    fileprivate var failureReport: Report? {
        switch failure {
        case .mismatch(let peer, let theirs, let ours):
            .abort(AbortCause(code: .mismatch, message: disagreement(peer, theirs, ours)))
        case .linkLost(let peer, let code): .suspect(rank: peer, errorNumber: code)
        case nil: nil
        }
    }

    /// Both sides see a disagreement, and say it in the same words: the lower rank first.
    private func disagreement(
        _ peer: Int, _ theirs: OperationHeader, _ ours: OperationHeader
    ) -> String {
        let (low, high) = peer < rank ? (theirs, ours) : (ours, theirs)
        return "rank \(min(peer, rank)) called \(low), but rank \(max(peer, rank)) called \(high)"
    }

    /// What to tell when the running operation's deadline passed, with what the links showed of
    /// how far each rank came.
    fileprivate func deadlineReport() -> Report {
        let heard = (0..<rankCount).compactMap { peer in
            lastHeader(of: peer).map { header in
                HeardHeader(
                    rank: peer, sequence: header.sequence, header: HeaderWords(header))
            }
        }
        return .inquest(sequence: header.sequence, heard: heard)
    }
}

extension HeaderWords {
    package init(_ header: OperationHeader) {
        let words = header.words
        self.init(words.0, words.1, words.2, words.3)
    }
}

extension FailureDetector {
    func tell(_ report: Report, of communicator: UInt64) {
        switch report {
        case .abort(let cause): abort(communicator: communicator, cause: cause)
        case .suspect(let rank, let errorNumber):
            suspect(communicator: communicator, rank: rank, errorNumber: errorNumber)
        case .inquest(let sequence, let heard):
            inquest(communicator: communicator, sequence: sequence, heard: heard)
        }
    }
}
