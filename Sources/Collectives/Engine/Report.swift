package import Liveness

/// What a rank tells the others when its operation cannot go on: the part of an engine's decisions
/// that needs neither clock nor thread, so that a simulation decides the same.
package enum Report: Sendable, Hashable {
    /// Fail everywhere, for this cause.
    case abort(AbortCause)
    /// A data link broke: find out why.
    case suspect(rank: Int, errorNumber: Int32)
    /// The deadline passed: find out who is to blame.
    case inquest(sequence: UInt64, heard: [HeardHeader])
}

extension Executor {
    /// What to tell about the executor's own failure; nil while there is none.
    package var failureReport: Report? {
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
    package func deadlineReport() -> Report {
        let heard = (0..<rankCount).compactMap { peer in
            lastHeader(of: peer).map { header in
                HeardHeader(
                    rank: peer, sequence: header.sequence, header: HeaderWords(header))
            }
        }
        return .inquest(sequence: header.sequence, heard: heard)
    }
}

extension Report {
    /// What to tell when a rank begins an operation that a rank which left has made impossible; nil
    /// where it is possible.
    package static func obstacle(to sequence: UInt64, _ status: CommunicatorStatus) -> Report? {
        let last = status.lastPossibleSequence
        guard sequence > last else { return nil }
        return .abort(
            AbortCause(
                code: .peerLeft,
                message: "a rank has left the communicator after operation #\(last), and operation"
                    + " #\(sequence) needs it"))
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
