internal import Platform
internal import Synchronization

/// A listening socket that the process was started with. One meeting takes it over, and closes it:
/// later its number may be anybody's.
package final class InheritedListener: Sendable {
    package let rawValue: Int32
    private let isTaken = Atomic<Bool>(false)

    /// Those that the environment named, which it goes on doing when they are gone.
    private static let named = Mutex<[Int32: InheritedListener]>([:])

    package init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The same object for the same number, as long as the process lives.
    static func named(_ rawValue: Int32) -> InheritedListener {
        named.withLock { named in
            let listener = named[rawValue] ?? InheritedListener(rawValue)
            named[rawValue] = listener
            return listener
        }
    }

    var isAvailable: Bool { !isTaken.load(ordering: .relaxed) }

    /// The socket for the first who asks, nil for all others. What is no listening socket is left
    /// alone.
    func take() throws(BootstrapError) -> FileDescriptor? {
        guard !isTaken.exchange(true, ordering: .relaxed) else { return nil }
        do {
            return try StreamSocket.inherit(listener: rawValue)
        } catch {
            throw BootstrapError(
                .invalidConfiguration,
                "MARTLET_LISTEN_FD is '\(rawValue)', expected a listening socket: \(error)",
                phase: .configuration, systemCode: error.code)
        }
    }
}
