internal import Platform

/// Why two ranks do not share memory.
package struct SharedMemoryError: Error, Sendable, Hashable, CustomStringConvertible {
    package struct Code: Sendable, Hashable {
        private enum Storage { case system, refused, invalid, peerGone, timedOut }
        private let storage: Storage

        /// The system did not give what is needed.
        package static let system = Code(storage: .system)
        /// The other rank does not want to, or cannot.
        package static let refused = Code(storage: .refused)
        /// What the other rank passed is not what it should be.
        package static let invalid = Code(storage: .invalid)
        /// The other rank ended the connection on which the two agree.
        package static let peerGone = Code(storage: .peerGone)
        /// The other rank did not answer in time.
        package static let timedOut = Code(storage: .timedOut)
    }

    package let code: Code
    package let message: String
    /// The errno behind it, 0 where there is none.
    package let errorNumber: Int32

    package init(_ code: Code, _ message: String, errorNumber: Int32 = 0) {
        self.code = code
        self.message = message
        self.errorNumber = errorNumber
    }

    init(_ error: SystemError) {
        self.init(.system, "\(error)", errorNumber: error.code)
    }

    package var description: String { message }
}
