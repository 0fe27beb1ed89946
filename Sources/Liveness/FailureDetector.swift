/// Who is told about failures and tells of them: `LivenessService` in a process, a simulated one
/// over virtual time in simulations. All ranks here are ranks of the communicator named.
package protocol FailureDetector: AnyObject, Sendable {
    /// Begins to watch over a communicator. Call before any link of it exists; what happened to
    /// its members before is told at once. `memberWorldRanks[r]` is the world rank of rank `r`.
    func register(communicator: UInt64, memberWorldRanks: [Int], status: CommunicatorStatus)

    /// Ends the watch. On a healthy communicator the others learn that this rank left it, after
    /// the operation it completed last: later operations that need it fail with `peerLeft`.
    func unregister(communicator: UInt64)

    /// Fails a communicator everywhere. Others are told before `status` shows the cause here, so
    /// that a caller which sees it and exits is not mistaken for the culprit. Any thread; returns
    /// at once. `cause.origin` is filled in.
    func abort(communicator: UInt64, cause: AbortCause)

    /// The data link to a rank broke. A bare end-of-file waits for a better cause, at most half a
    /// second; the executor goes on polling `status` until its deadline.
    func suspect(communicator: UInt64, rank: Int, errorNumber: Int32)

    /// An operation's deadline passed here: finds out who is to blame and fails the communicator
    /// everywhere with the same verdict, within a second. The executor goes on polling `status`.
    /// `heard` is what the links tell: the last header that each other rank sent, where one came.
    func inquest(communicator: UInt64, sequence: UInt64, heard: [HeardHeader])
}

/// The last header that a rank sent on a data link: evidence of how far it came.
package struct HeardHeader: Sendable, Hashable {
    package var rank: Int
    package var sequence: UInt64
    package var header: HeaderWords

    package init(rank: Int, sequence: UInt64, header: HeaderWords) {
        self.rank = rank
        self.sequence = sequence
        self.header = header
    }
}
