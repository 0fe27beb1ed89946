/// Why the store did not do what it was asked.
package struct StoreError: Error, Sendable, Hashable {
    package struct Code: Hashable, Sendable {
        private enum Storage: String {
            case unavailable, deadlineExceeded, outcomeUnknown, cancelled, closed
            case compacted, futureRevision, leaseNotFound, leaseExists, keyNotFound
            case invalidArgument, requestTooLarge, permissionDenied, unauthenticated
            case noSpace, overloaded, corrupt, unimplemented, refused
            case invalidConfiguration, system, foreignDatabase, inUse
        }
        private let storage: Storage

        /// No endpoint could be reached; nothing was done.
        package static let unavailable = Code(storage: .unavailable)
        /// The deadline passed; nothing was changed.
        package static let deadlineExceeded = Code(storage: .deadlineExceeded)
        /// The request was sent and no answer came: it may have been done, or may still be. Read
        /// before trying again.
        package static let outcomeUnknown = Code(storage: .outcomeUnknown)
        /// The calling task was cancelled; what was sent may have been done.
        package static let cancelled = Code(storage: .cancelled)
        /// The client was closed.
        package static let closed = Code(storage: .closed)
        /// The revision asked for is no longer in the store.
        package static let compacted = Code(storage: .compacted)
        /// The revision asked for has not been reached.
        package static let futureRevision = Code(storage: .futureRevision)
        /// There is no such lease: it ended, or never was.
        package static let leaseNotFound = Code(storage: .leaseNotFound)
        /// A lease of that number exists.
        package static let leaseExists = Code(storage: .leaseExists)
        /// A put that keeps value or lease found no key.
        package static let keyNotFound = Code(storage: .keyNotFound)
        /// The request contradicts itself.
        package static let invalidArgument = Code(storage: .invalidArgument)
        /// The request is larger than the store takes.
        package static let requestTooLarge = Code(storage: .requestTooLarge)
        /// The certificate, or the lack of one, does not give the right.
        package static let permissionDenied = Code(storage: .permissionDenied)
        /// The store does not know who asks.
        package static let unauthenticated = Code(storage: .unauthenticated)
        /// The store's disk, or its quota, is full: it reads, and does not write.
        package static let noSpace = Code(storage: .noSpace)
        /// The store has more to do than it can.
        package static let overloaded = Code(storage: .overloaded)
        /// The store found its data damaged.
        package static let corrupt = Code(storage: .corrupt)
        /// The store does not know the method.
        package static let unimplemented = Code(storage: .unimplemented)
        /// Any other refusal of the store.
        package static let refused = Code(storage: .refused)
        /// An address, a path or a limit cannot be meant.
        package static let invalidConfiguration = Code(storage: .invalidConfiguration)
        /// The operating system refused.
        package static let system = Code(storage: .system)
        /// The file is no database of this store.
        package static let foreignDatabase = Code(storage: .foreignDatabase)
        /// Another process has the database, or the address.
        package static let inUse = Code(storage: .inUse)

        /// A short name for logs and metrics.
        package var name: String { storage.rawValue }

        private init(storage: Storage) { self.storage = storage }
    }

    package var code: Code
    package var message: String
    /// The endpoint it is about, where it is about one.
    package var endpoint: String?
    /// What an operator can do.
    package var remedy: String?
    /// With `.compacted`, where the store says so: the last revision that is gone.
    package var compactedRevision: Revision?

    package init(
        _ code: Code, _ message: String, endpoint: String? = nil, remedy: String? = nil,
        compactedRevision: Revision? = nil
    ) {
        self.code = code
        self.message = message
        self.endpoint = endpoint
        self.remedy = remedy
        self.compactedRevision = compactedRevision
    }
}

extension StoreError: CustomStringConvertible {
    /// The whole story on one line.
    package var description: String {
        let place = endpoint.map { "\($0): " } ?? ""
        guard let remedy else { return place + message }
        return "\(place)\(message); \(remedy)"
    }
}
