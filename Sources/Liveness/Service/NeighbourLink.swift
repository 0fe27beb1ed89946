internal import CLinux
internal import Platform

/// The liveness connection to one neighbour: bytes in, messages out, and the other way round.
/// Used by the service thread alone.
final class NeighbourLink {
    let rank: Int
    private let worldSize: Int
    private var socket: FileDescriptor?
    private var process: FileDescriptor?
    private var inbound: [UInt8] = []
    private var outbound: [UInt8] = []
    /// Whether anything ever came: before, a second connection may take the place of the first.
    private(set) var hasHeard = false
    private var hasDropped = false
    /// The error that sending met. The kernel tells each error once, and reading afterwards finds
    /// only the end of the stream.
    private var sendError: Int32 = 0

    /// Bytes that may wait for a neighbour that does not read. Floods are few by nature, so this
    /// is reached only where a stopped process outlives many failures; what does not fit is dropped
    /// and reaches that rank, should it go on, through others or not at all.
    static let outboundByteLimit = 64 << 10
    /// Bytes read at a time before others get their turn.
    static let readByteLimit = 64 << 10

    init(rank: Int, worldSize: Int) {
        self.rank = rank
        self.worldSize = worldSize
    }

    var isOpen: Bool { socket != nil }
    var rawSocket: Int32? { raw(socket) }
    var rawProcess: Int32? { raw(process) }
    var hasUnsent: Bool { !outbound.isEmpty }

    private func raw(_ descriptor: borrowing FileDescriptor?) -> Int32? {
        switch descriptor {
        case .some(let descriptor): descriptor.rawValue
        case .none: nil
        }
    }

    func open(_ socket: consuming FileDescriptor) {
        self.socket = consume socket
        inbound = []
        outbound = []
        hasHeard = false
        hasDropped = false
        sendError = 0
    }

    /// Watches the neighbour's process, which runs on this host.
    func watch(_ process: consuming FileDescriptor) {
        self.process = consume process
    }

    func closeProcess() { process = nil }

    func close() {
        socket = nil
        outbound = []
        inbound = []
    }

    /// Puts a message into the queue. Heartbeats do not queue up: the next one says more.
    func enqueue(_ message: LivenessMessage) {
        guard isOpen else { return }
        if case .heartbeat = message.body, hasUnsent { return }
        guard outbound.count < Self.outboundByteLimit else {
            if !hasDropped {
                Log.write(
                    .warning, "rank \(rank) does not read: what it is told from now on is dropped")
            }
            return hasDropped = true
        }
        message.encode(into: &outbound)
    }

    /// Sends what the kernel takes now. An error is left to the reading side, where a goodbye may
    /// still stand in front of it.
    func flush() {
        guard let socket = rawSocket, hasUnsent else { return }
        let sent = unsafe outbound.withUnsafeBytes { unsafe StreamSocket.send(socket, $0) }
        if sent > 0 {
            outbound.removeFirst(sent)
        } else if sent < 0, sent != -Int(EAGAIN) {
            outbound = []
            if sendError == 0 { sendError = Int32(-sent) }
        }
    }

    /// Says that no more will be sent.
    func finishSending() {
        guard let socket = rawSocket else { return }
        clinux_shutdown_write(socket)
    }

    /// What reading came to.
    enum Reading {
        /// Nothing more is there now.
        case drained
        /// More may be there; others first.
        case more
        /// The stream ended (0) or broke (an errno).
        case ended(Int32)
    }

    /// Reads what is there and hands over every message; stops where `handle` closes the link.
    func read(
        into scratch: UnsafeMutableRawBufferPointer, _ handle: (LivenessMessage) -> Void
    ) -> Reading {
        var total = 0
        while total < Self.readByteLimit {
            guard let socket = rawSocket else { return .drained }
            let count = unsafe StreamSocket.receive(socket, scratch)
            if count == -Int(EAGAIN) { return .drained }
            if count == 0 { return .ended(sendError) }
            if count < 0 { return .ended(Int32(-count)) }
            total += count
            hasHeard = true
            unsafe inbound.append(contentsOf: scratch[..<count])
            guard parse(handle) else { return .ended(EPROTO) }
        }
        return .more
    }

    /// False where the neighbour does not speak our language.
    private func parse(_ handle: (LivenessMessage) -> Void) -> Bool {
        var bytes = inbound[...]
        defer { inbound = isOpen ? Array(bytes) : [] }
        while isOpen {
            switch LivenessMessage.decode(bytes, worldSize: worldSize) {
            case .incomplete: return true
            case .malformed: return false
            case .message(let message, let byteCount):
                bytes = bytes.dropFirst(byteCount)
                handle(message)
            }
        }
        return true
    }
}
