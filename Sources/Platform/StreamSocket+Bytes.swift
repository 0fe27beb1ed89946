/// The same calls with arrays, for the control plane, where an allocation does not matter.
extension StreamSocket {
    /// How many bytes the kernel took; 0 when it has no room now.
    package static func send(
        _ socket: Int32, bytes: ArraySlice<UInt8>
    ) throws(SystemError) -> Int {
        let count = unsafe bytes.withUnsafeBytes { unsafe send(socket, $0) }
        if count < 0, SystemError(code: Int32(-count), operation: "").isWouldBlock { return 0 }
        return try check(count, "send")
    }

    /// What has arrived, at most `limit` bytes; empty at the end of the stream, nil when nothing is
    /// there now.
    package static func receive(
        _ socket: Int32, limit: Int
    ) throws(SystemError) -> ArraySlice<UInt8>? {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe receive(socket, $0) }
        if count < 0, SystemError(code: Int32(-count), operation: "").isWouldBlock { return nil }
        return bytes.prefix(try check(count, "receive"))
    }
}
