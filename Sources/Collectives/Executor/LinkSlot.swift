package import Transport

/// What the executor remembers of the link to one peer, from operation to operation.
@unsafe package struct LinkSlot {
    package var link: Link?
    /// The sequence of the last operation that used the link.
    var lastUse: UInt64 = 0
    /// What that operation does on it.
    var use: UnsafeMutablePointer<LinkUse>?
    /// Operations in which this rank only sent, over the life of the link: as many grants come.
    var awaitedGrants = 0
    /// How many of them have been read.
    var readGrants = 0
    /// A header of a later operation waits in the link: this rank will come to it.
    var isParked = false
    /// The peer's stream has ended in good order.
    var hasEnded = false
    /// The last header that the peer sent.
    var lastHeader = OperationHeader(words: (0, 0, 0, 0))

    /// How many operations a rank that only sends may run ahead of a peer's grants. It bounds what
    /// an absent peer's kernel has to keep.
    static let grantWindow = 16

    var unreadGrants: Int { unsafe awaitedGrants - readGrants }
    /// Whether grants of the peer are still to be read.
    var owesGrants: Bool { unsafe awaitedGrants != readGrants }
}

/// Why an operation cannot go on, as the executor sees it.
package enum ExecutorFailure: Sendable, Hashable {
    /// A peer is in the same position of the sequence with other arguments, or has passed it
    /// without this rank.
    case mismatch(peer: Int, theirs: OperationHeader, ours: OperationHeader)
    /// A link broke; the errno is positive, EPIPE for the end of the peer's stream.
    case linkLost(peer: Int, code: Int32)
}
