/// Why a communicator failed: the first cause that reached this rank, which is never replaced.
package struct AbortCause: Error, Sendable, Hashable {
    /// Raw values travel on the wire: never renumber them.
    package enum Code: UInt8, Sendable, Hashable, CaseIterable {
        /// Ranks called different operations, or the same one with different arguments.
        case mismatch = 1
        /// A rank's process ended, its host or network fell silent, or a connection to it broke.
        case peerLost = 2
        /// An operation did not end before its deadline.
        case timedOut = 3
        /// Somebody called `abort`.
        case aborted = 4
        /// A rank left in good order, and an operation needs it.
        case peerLeft = 5
        /// A system call failed on one rank.
        case system = 6
    }

    /// What the rank that saw the cause was doing. Raw values travel on the wire.
    package enum Phase: UInt8, Sendable, Hashable, CaseIterable {
        case joining = 1
        /// Between two operations.
        case idle = 2
        /// Inside an operation.
        case operation = 3
        case leaving = 4
    }

    package var code: Code
    /// The rank to blame, in the communicator; nil where none is known or where it is no member.
    package var culprit: Int?
    /// For humans; names ranks, operations and what was seen. At most `messageByteLimit` bytes travel.
    package var message: String
    /// The rank that saw the cause first, in the communicator; nil where it is no member.
    package var origin: Int?
    package var phase: Phase
    /// The errno that the rank which saw the cause was given, 0 where there is none.
    package var errorNumber: Int32

    package init(
        code: Code, culprit: Int? = nil, message: String, origin: Int? = nil,
        phase: Phase = .operation, errorNumber: Int32 = 0
    ) {
        self.code = code
        self.culprit = culprit
        self.message = message
        self.origin = origin
        self.phase = phase
        self.errorNumber = errorNumber
    }

    /// Longer messages are cut, at a character, before they travel.
    package static let messageByteLimit = 512

    /// Linux has no others.
    package static let errorNumbers: ClosedRange<Int32> = 0...4095
}

extension AbortCause {
    /// What a child of `fork()` reads of its parent's communicators.
    package static let foreign = AbortCause(
        code: .system,
        message: "this communicator belongs to the parent process: "
            + "after fork() a process joins by itself, or calls exec", phase: .idle)

    /// What is left of communicators that were not closed before their process left.
    static let left = AbortCause(
        code: .aborted, message: "this process has left the job", phase: .leaving)
}
