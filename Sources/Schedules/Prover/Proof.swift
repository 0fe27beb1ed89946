/// What the prover found out about a schedule that is right.
public struct Proof: Sendable, Hashable {
    /// How much of what arrives a link must hold on its own.
    public enum Lending: Sendable, Hashable {
        /// Nothing: a link may lend the sender's own memory, and the send completes only as the
        /// reduction consumes it.
        case none
        /// At least one segment of each borrow, of any size, taken in before the reduction is
        /// ready: ranks exchange memory that both then overwrite.
        case segment
    }

    public var rankCount: Int
    /// Steps of all ranks together.
    public var programStepCount: Int
    /// Messages of all ranks together.
    public var messageCount: Int
    /// The longest chain of transfers that wait for one another, over unlimited links: how often
    /// the latency of a link is paid.
    public var criticalStepCount: Int
    public var lending: Lending
}
