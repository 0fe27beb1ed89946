internal import CLinux

/// One message to a Unix socket.
package enum LocalDatagram {
    /// Sends without waiting. A path that begins with `@` is an abstract one.
    package static func send(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let result = unsafe bytes.withUnsafeBytes { message in
            unsafe clinux_send_datagram(path, message.baseAddress, message.count)
        }
        try check(result, "send to \(path)")
    }
}
