internal import CLinux

/// Two connected descriptors, close-on-exec and blocking, whose owner is whoever asked for them.
package enum DescriptorPair {
    package static func pipe() throws(SystemError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        try check(unsafe clinux_pipe(&ends), "pipe")
        return (ends[0], ends[1])
    }

    /// A local connection that keeps the boundaries of messages.
    package static func messages() throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try check(unsafe clinux_message_pair(&ends), "socketpair")
        return (ends[0], ends[1])
    }
}

/// Messages over such a connection.
package enum MessageSocket {
    /// Sends one message, waiting for room; false when the other end is gone.
    package static func send(_ rawValue: Int32, _ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe clinux_send_message(rawValue, bytes.baseAddress, bytes.count) == bytes.count
        }
    }

    /// The next message, empty when the other end is gone, nil when none has arrived.
    package static func receive(_ rawValue: Int32, byteCountLimit: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: byteCountLimit)
        let count = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe clinux_receive(rawValue, bytes.baseAddress, bytes.count)
        }
        if count == -Int(EAGAIN) { return nil }
        return Array(bytes.prefix(max(count, 0)))
    }
}
