import Glibc
import Platform

/// Where lines go: our own standard output or standard error, never waited for.
///
/// The queue is bounded by its users: while `isFull`, nobody reads what ranks write, so a slow
/// terminal throttles the ranks through their pipes.
final class OutputSink {
    enum Progress: Equatable {
        case drained
        case blocked
        case failed(Int32)
    }

    static let fullByteCount = 256 << 10

    /// What to wait for when blocked.
    let descriptor: Int32
    let isTerminal: Bool
    private(set) var queue: [UInt8] = []
    private var sent = 0
    private var isBroken = false
    private let kind: Kind

    private enum Kind {
        /// Never blocks for long.
        case file
        case socket
        /// Opened anew, so that being non-blocking is ours alone: the flag belongs to the open
        /// file, which we share with the shell and with everything else on that terminal.
        case reopened
        /// A terminal of another user: as many bytes as it surely takes when it is writable.
        case shared
    }

    init(_ descriptor: Int32) {
        var status = stat()
        let mode = unsafe fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
        isTerminal = isatty(descriptor) == 1
        let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY
        switch mode {
        case S_IFREG, 0: (kind, self.descriptor) = (.file, descriptor)
        case S_IFSOCK: (kind, self.descriptor) = (.socket, descriptor)
        default:
            if let own = try? FileDescriptor.open("/proc/self/fd/\(descriptor)", flags: flags) {
                (kind, self.descriptor) = (.reopened, own.release())
            } else {
                (kind, self.descriptor) = (.shared, descriptor)
            }
        }
    }

    deinit {
        if kind == .reopened { FileDescriptor.close(descriptor) }
    }

    var isFull: Bool { queue.count - sent >= Self.fullByteCount }

    func append(_ build: (inout [UInt8]) -> Void) {
        build(&queue)
        if isBroken { queue.removeAll() }
    }

    /// Writes what can be written now. After a failure everything is dropped.
    func flush() -> Progress {
        while sent < queue.count {
            let result = unsafe queue[sent...].withUnsafeBytes { unsafe write($0) }
            switch result {
            case -Int(EAGAIN):
                compact()
                return .blocked
            case ..<0:
                isBroken = true
                forget()
                return .failed(Int32(-result))
            default: sent += result
            }
        }
        forget()
        return .drained
    }

    /// What was sent makes room, so that the queue stays bounded even if it is never empty.
    private func compact() {
        guard sent >= Self.fullByteCount else { return }
        queue.removeSubrange(..<sent)
        sent = 0
    }

    private func forget() {
        queue.removeAll(keepingCapacity: queue.capacity <= 4 * Self.fullByteCount)
        sent = 0
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch kind {
        case .file, .reopened: return unsafe FileDescriptor.write(descriptor, bytes)
        case .socket: return unsafe StreamSocket.send(descriptor, bytes)
        case .shared:
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&entry, 1, 0) > 0 else { return -Int(EAGAIN) }
            let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(512))
            return unsafe FileDescriptor.write(descriptor, piece)
        }
    }

    /// Whether two descriptors lead to the same file, so that their lines need one queue.
    static func leadToSameFile(_ first: Int32, _ second: Int32) -> Bool {
        var (left, right) = (stat(), stat())
        return unsafe fstat(first, &left) == 0 && fstat(second, &right) == 0
            && left.st_dev == right.st_dev && left.st_ino == right.st_ino
            && left.st_rdev == right.st_rdev
    }
}
