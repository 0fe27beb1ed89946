package import Platform

/// Why ranks did not find, or did not trust, each other.
package struct BootstrapError: Error, Sendable {
    package struct Code: Hashable, Sendable {
        private enum Storage: Int32 {
            case invalidConfiguration = 1
            case versionMismatch, jobMismatch, refused, unauthenticated, wrongTarget
            case unreachable, timedOut, missingRank, duplicateRank, rankCountMismatch, rankLost
            case protocolViolation, system, aborted
        }
        private let storage: Storage

        /// An environment variable or an argument has a value that cannot be meant.
        package static let invalidConfiguration = Code(storage: .invalidConfiguration)
        /// The other side speaks another version of the protocol.
        package static let versionMismatch = Code(storage: .versionMismatch)
        /// The other side belongs to another job.
        package static let jobMismatch = Code(storage: .jobMismatch)
        /// The other side refused without saying more: the secrets differ.
        package static let refused = Code(storage: .refused)
        /// There is no secret, and a peer is not on this host.
        package static let unauthenticated = Code(storage: .unauthenticated)
        /// The address belongs to the job, but to another rank, epoch or meeting.
        package static let wrongTarget = Code(storage: .wrongTarget)
        /// No connection stood before the deadline.
        package static let unreachable = Code(storage: .unreachable)
        /// The deadline passed while others were waited for.
        package static let timedOut = Code(storage: .timedOut)
        /// Some ranks never came to the meeting.
        package static let missingRank = Code(storage: .missingRank)
        /// Two processes claim the same rank.
        package static let duplicateRank = Code(storage: .duplicateRank)
        /// Ranks disagree on how many they are, or a rank is outside the count.
        package static let rankCountMismatch = Code(storage: .rankCountMismatch)
        /// A rank came to the meeting and was lost in it.
        package static let rankLost = Code(storage: .rankLost)
        /// The other side sent what no Martlet process sends.
        package static let protocolViolation = Code(storage: .protocolViolation)
        /// A system call failed.
        package static let system = Code(storage: .system)
        /// The caller gave up.
        package static let aborted = Code(storage: .aborted)

        /// The number on the wire, in a meeting's verdict.
        package var rawValue: Int32 { storage.rawValue }

        package init?(rawValue: Int32) {
            guard let storage = Storage(rawValue: rawValue) else { return nil }
            self.storage = storage
        }

        private init(storage: Storage) { self.storage = storage }
    }

    /// What the process was doing.
    package enum Phase: String, Sendable {
        case configuration, listening, connecting, handshake, registration, roster, completion
    }

    package var code: Code
    package var message: String
    package var phase: Phase
    /// The rank to blame, where one is known.
    package var culprit: Int?
    /// The address that the failure is about.
    package var peer: SocketAddress?
    /// The errno behind it, positive; nil where no system call failed.
    package var systemCode: Int32?
    /// What an operator can do about it.
    package var remedy: String?

    package init(
        _ code: Code, _ message: String, phase: Phase, culprit: Int? = nil,
        peer: SocketAddress? = nil, systemCode: Int32? = nil, remedy: String? = nil
    ) {
        self.code = code
        self.message = message
        self.phase = phase
        self.culprit = culprit
        self.peer = peer
        self.systemCode = systemCode
        self.remedy = remedy
    }

    package init(_ error: SystemError, phase: Phase, peer: SocketAddress? = nil) {
        self.init(
            .system, error.description, phase: phase, peer: peer, systemCode: error.code)
    }
}

extension BootstrapError: CustomStringConvertible {
    /// The whole story on one line.
    package var description: String {
        guard let remedy else { return message }
        return "\(message); \(remedy)"
    }
}

/// Runs `body`, turning a failed system call into this module's error.
func inPhase<Result: ~Copyable>(
    _ phase: BootstrapError.Phase, peer: SocketAddress? = nil,
    _ body: () throws(SystemError) -> Result
) throws(BootstrapError) -> Result {
    do { return try body() } catch { throw BootstrapError(error, phase: phase, peer: peer) }
}
