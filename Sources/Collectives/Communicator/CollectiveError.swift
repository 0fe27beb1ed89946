package import Liveness
package import Platform

/// Why a call on a communicator did not succeed.
///
/// Errors of the communicator (all but `invalidArgument`, `busy` and `unsupported`) are terminal:
/// every later call fails at once with the same first cause. The three others concern one call on
/// this rank; nothing was sent, and the communicator is as good as before.
public struct CollectiveError: Error, Sendable, Hashable {
    /// What kind of failure it was. Later versions may add codes: give a `switch` a default.
    public struct Code: Sendable, Hashable {
        private enum Storage: Int32, Sendable {
            case invalidArgument = 1, mismatch, peerLost, timedOut, aborted, peerLeft, system
            case busy, unsupported, notJoined
        }
        private let storage: Storage

        /// An argument of this call on this rank is wrong, or a variable of its environment; nothing
        /// was sent.
        public static let invalidArgument = Code(storage: .invalidArgument)
        /// Ranks called different collectives, or the same one with different arguments. An
        /// in-place buffer is unspecified afterwards; an out-of-place input is untouched.
        public static let mismatch = Code(storage: .mismatch)
        /// A rank's process ended, or it cannot be reached any more.
        public static let peerLost = Code(storage: .peerLost)
        /// The operation's deadline passed.
        public static let timedOut = Code(storage: .timedOut)
        /// Somebody called `abort`, or this rank has left.
        public static let aborted = Code(storage: .aborted)
        /// A rank that the operation needs has left in good order.
        public static let peerLeft = Code(storage: .peerLeft)
        /// A system call failed on the culprit; `errorNumber` says how.
        public static let system = Code(storage: .system)
        /// Too many non-blocking operations are under way; wait for one of them.
        public static let busy = Code(storage: .busy)
        /// This library cannot do what was asked, such as serve a child of `fork()` on its
        /// parent's communicator.
        public static let unsupported = Code(storage: .unsupported)
        /// The ranks could not meet, or did not belong together.
        public static let notJoined = Code(storage: .notJoined)

        /// Whether it ends the communicator, on every rank.
        package var isTerminal: Bool {
            switch storage {
            case .invalidArgument, .busy, .unsupported: false
            default: true
            }
        }

        /// The number of the code in `martlet.h`.
        public var rawValue: Int32 { storage.rawValue }
    }

    /// What was going on when it happened, on the rank that saw it first.
    public enum Phase: Int32, Sendable, Hashable {
        /// Ranks met, or links of a communicator opened.
        case joining = 1
        /// Between two operations, and what is refused before an operation begins.
        case idle = 2
        /// Inside an operation.
        case operation = 3
        /// A rank ended its part.
        case leaving = 4
    }

    /// What kind of failure it was.
    public var code: Code
    /// What happened, in words: ranks, operations, addresses, and a remedy where one is known.
    public var message: String
    /// The rank to blame, where one is known. A mismatch has two sides, both in the message.
    public var culprit: Int?
    /// What was going on.
    public var phase: Phase
    /// The position of the operation that failed in the communicator's sequence, from 1. 0 outside
    /// of any: also for calls that did not begin, because the communicator had failed or was left.
    public var sequence: UInt64
    /// The errno behind the failure, on the rank that saw it first; 0 where there is none.
    public var errorNumber: Int32

    /// Without a phase, that of the code: what is refused is refused before an operation begins.
    package init(
        _ code: Code, _ message: String, culprit: Int? = nil, phase: Phase? = nil,
        sequence: UInt64 = 0, errorNumber: Int32 = 0
    ) {
        self.code = code
        self.message = message
        self.culprit = culprit
        self.phase = phase ?? (code.isTerminal ? .operation : .idle)
        self.sequence = sequence
        self.errorNumber = errorNumber
    }
}

extension CollectiveError: CustomStringConvertible {
    public var description: String { message }
}

extension CollectiveError {
    /// What the first cause of a communicator's failure means for a call.
    package init(_ cause: AbortCause, sequence: UInt64) {
        let code: Code =
            switch cause.code {
            case .mismatch: .mismatch
            case .peerLost: .peerLost
            case .timedOut: .timedOut
            case .aborted: .aborted
            case .peerLeft: .peerLeft
            case .system: .system
            }
        let phase: Phase =
            switch cause.phase {
            case .joining: .joining
            case .idle: .idle
            case .operation: .operation
            case .leaving: .leaving
            }
        self.init(
            code, cause.message, culprit: cause.culprit, phase: phase, sequence: sequence,
            errorNumber: cause.errorNumber)
    }

    package init(_ error: SystemError, phase: Phase) {
        self.init(.system, "\(error)", phase: phase, errorNumber: error.code)
    }
}
