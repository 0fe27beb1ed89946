import Platform
import SharedMemoryTransport
import Synchronization

/// Two ranks that come to share memory, or do not, each on a thread of its own.
final class HandoverPair {
    /// What one of them got.
    struct End: @unchecked Sendable {
        // Written by one thread, read by another after it has ended.
        var link: SharedMemoryLink?
        var reason: String?
        var error: SharedMemoryError?
    }

    private let sockets: SocketPair
    private let settings: [HandoverSettings]
    private let refusals: [String?]

    init(
        _ left: HandoverSettings, _ right: HandoverSettings, leftRefusal: String? = nil,
        rightRefusal: String? = nil
    ) throws {
        sockets = try SocketPair()
        settings = [left, right]
        refusals = [leftRefusal, rightRefusal]
    }

    func outcomes(seconds: Double = 10) throws -> (left: End, right: End) {
        let right = Mutex(End())
        let other = Mutex<FileDescriptor?>(try sockets.takeConnected())
        let (settings, refusals) = (settings, refusals)
        let thread = try Thread(name: "right") {
            guard let socket = other.withLock({ $0.take() }) else { return }
            let end = Self.run("rank 0", on: socket, settings[1], refusals[1], seconds)
            right.withLock { $0 = end }
        }
        let left = Self.run(
            "rank 1", on: try sockets.takeAccepted(), settings[0], refusals[0], seconds)
        thread.join()
        return (left, right.withLock { $0 })
    }

    private static func run(
        _ name: String, on socket: consuming FileDescriptor, _ settings: HandoverSettings,
        _ refusal: String?, _ seconds: Double
    ) -> End {
        var end = End()
        var handovers = Handovers(settings, refusal: refusal)
        let pair = handovers.add(name, on: socket)
        do {
            try handovers.run(until: Deadline(secondsFromNow: seconds), isCancelled: { false })
        } catch {
            end.error = error
        }
        switch pair.take() {
        case .some(.shared(let link)): end.link = link
        case .some(.separate(_, let reason)): end.reason = reason
        case .none: break
        }
        return end
    }
}
