internal import Bootstrap
internal import Platform
internal import Synchronization

/// What callers ask of the service thread, in their order.
enum Request {
    case register(communicator: UInt64, members: [Int], status: CommunicatorStatus)
    case unregister(communicator: UInt64)
    case abort(communicator: UInt64, AbortCause)
    /// The rank is one of the communicator.
    case suspect(communicator: UInt64, rank: Int, errorNumber: Int32)
    case inquest(communicator: UInt64, sequence: UInt64, heard: [HeardHeader])
    case linkUp(rank: Int, Arrival)
    case refused(rank: Int)
    case leave(Deadline)

    /// Whether losing it costs time only: deadlines come to the same end.
    var isHint: Bool {
        switch self {
        case .suspect, .inquest: true
        default: false
        }
    }
}

/// The way of requests to the service thread; those that come before it runs wait for it.
final class Inbox: Sendable {
    private struct Content: ~Copyable {
        var requests: [Request] = []
        var event: EventDescriptor?
    }

    private let content = Mutex(Content())

    /// Hints beyond this many requests are dropped; the others are few by nature.
    static let limit = 4096

    /// Opens the descriptor, from then on readable when there are requests.
    func open() throws(SystemError) -> Int32 {
        let opened = try EventDescriptor()
        let descriptor = opened.descriptor.rawValue
        opened.signal()
        var event: EventDescriptor? = consume opened
        content.withLock { $0.event = event.take() }
        return descriptor
    }

    /// Closes the descriptor; what comes now is never read.
    func close() {
        content.withLock { content in
            content.event = nil
            content.requests = []
        }
    }

    func add(_ request: Request) {
        content.withLock { content in
            guard content.requests.count < Self.limit || !request.isHint else { return }
            content.requests.append(request)
            switch content.event {
            case .some(let event): event.signal()
            case .none: break
            }
        }
    }

    func takeAll() -> [Request] {
        content.withLock { content in
            switch content.event {
            case .some(let event): event.drain()
            case .none: break
            }
            let requests = content.requests
            content.requests = []
            return requests
        }
    }
}
