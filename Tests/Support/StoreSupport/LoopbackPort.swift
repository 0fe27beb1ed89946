internal import Platform

/// Ports of loopback that nobody listens on.
package enum LoopbackPort {
    /// A port that was free just now. Another process may take it first; who starts a server on it
    /// tries again with another.
    package static func free() throws -> Int {
        let listener = try StreamSocket.listen(on: try .loopback(port: 0))
        return Int(try StreamSocket.localAddress(listener.rawValue).port)
    }
}
