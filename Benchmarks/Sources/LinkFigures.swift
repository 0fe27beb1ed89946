import Platform
import TCPTransport
import Transport

/// A link's ping-pong beside that of bare sockets, both ends in one thread: so it measures calls, and
/// no scheduler.
enum LinkFigures {
    static func all() throws -> [Figure] {
        try [8, 4096].map { byteCount in
            Figure(
                name: "link.tcp.ping-pong.\(byteCount)", value: try tcpRatio(byteCount),
                unit: "bare sockets")
        }
    }

    private static func tcpRatio(_ byteCount: Int) throws -> Double {
        let (near, far) = try loopbackSockets()
        defer {
            FileDescriptor.close(near)
            FileDescriptor.close(far)
        }
        let (left, right) = try tcpLinks()
        var bytes = [UInt8](repeating: 1, count: byteCount)
        return try bytes.withUnsafeMutableBytes { bytes in
            try Measuring.ratio(
                of: {
                    try pass(bytes, from: left.link, to: right.link)
                    try pass(bytes, from: right.link, to: left.link)
                },
                to: {
                    try pass(bytes, from: near, to: far)
                    try pass(bytes, from: far, to: near)
                }, repetitions: 2000)
        }
    }

    private static func pass(
        _ bytes: UnsafeMutableRawBufferPointer, from: Int32, to: Int32
    ) throws {
        guard StreamSocket.send(from, UnsafeRawBufferPointer(bytes)) == bytes.count else {
            throw Complaint("a socket took less than a message")
        }
        var received = 0
        while received < bytes.count {
            let count = StreamSocket.receive(
                to, UnsafeMutableRawBufferPointer(rebasing: bytes[received...]))
            if count > 0 { received += count }
        }
    }

    private static func pass(
        _ bytes: UnsafeMutableRawBufferPointer, from: Link, to: Link
    ) throws {
        let sent = from.operations.send(from.context, nil, 0, bytes.baseAddress, bytes.count)
        guard sent == bytes.count else { throw Complaint("a link took less than a message") }
        var received = 0
        while received < bytes.count {
            var start: UnsafeRawPointer?
            let lent = to.operations.borrow(to.context, 1, bytes.count - received, &start)
            guard lent >= 0 else { throw Complaint("a link broke: errno \(-lent)") }
            to.operations.giveBack(to.context, lent)
            received += lent
        }
    }

    static func tcpLinks() throws -> (TCPLink, TCPLink) {
        let (near, far) = try loopbackSockets()
        return (
            try TCPLink(socket: FileDescriptor(owning: near), timeoutSeconds: 10),
            try TCPLink(socket: FileDescriptor(owning: far), timeoutSeconds: 10)
        )
    }

    private static func loopbackSockets() throws -> (Int32, Int32) {
        guard let loopback = SocketAddress(digits: "127.0.0.1", port: 0) else {
            throw Complaint("no loopback address")
        }
        let listener = try StreamSocket.listen(on: loopback)
        let near = try StreamSocket.connect(to: try StreamSocket.localAddress(listener.rawValue))
        _ = try StreamSocket.wait(listener.rawValue, for: 1, until: Deadline(secondsFromNow: 5))
        guard let far = try StreamSocket.accept(listener.rawValue) else {
            throw Complaint("no connection over loopback")
        }
        try StreamSocket.sendAtOnce(near.rawValue)
        try StreamSocket.sendAtOnce(far.rawValue)
        return (near.release(), far.release())
    }
}
