/// Whom a process lets in once they have proved the secret.
package struct AdmissionPolicy: Sendable, Hashable {
    /// Our own rank: connections meant for another one are refused, naming both.
    package var rank: Int
    package var epoch: UInt32
    /// The token of the meeting that this process hosts; nil when it hosts none.
    package var meeting: UInt64?

    package init(rank: Int, epoch: UInt32, meeting: UInt64? = nil) {
        self.rank = rank
        self.epoch = epoch
        self.meeting = meeting
    }

    package func refusal(of purpose: Purpose) -> HandshakeRefusal? {
        if purpose.toRank != rank {
            return HandshakeRefusal(
                .wrongRank, "rank \(purpose.toRank) was meant, but rank \(rank) answered")
        }
        if purpose.epoch != epoch {
            return HandshakeRefusal(
                .wrongEpoch, "one side is in epoch \(purpose.epoch), the other in \(epoch)")
        }
        if purpose.kind == .meeting, purpose.communicator != meeting {
            return HandshakeRefusal(
                .wrongMeeting, "this process hosts no such meeting (any more)")
        }
        return nil
    }
}
