internal import GRPCNIOTransportHTTP2
internal import NIOCore

/// A numeric address to listen on.
struct ListenAddress: Sendable, Hashable {
    let host: String
    let port: Int
    private let isIPv6: Bool

    init(_ text: String) throws(StoreError) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { throw Self.unreadable(text) }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard let address = try? NIOCore.SocketAddress(ipAddress: String(host), port: Int(port))
        else { throw Self.unreadable(text) }
        self.host = String(host)
        self.port = Int(port)
        isIPv6 = if case .v6 = address { true } else { false }
    }

    var isLoopback: Bool { host == "::1" || (!isIPv6 && host.hasPrefix("127.")) }

    var socketAddress: GRPCNIOTransportHTTP2.SocketAddress {
        isIPv6 ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port)
    }

    private static func unreadable(_ text: String) -> StoreError {
        StoreError(
            .invalidConfiguration, "\"\(text)\" is no address to listen on",
            remedy: "write it as 127.0.0.1:2379 or [::1]:2379")
    }
}

extension ListenAddress: CustomStringConvertible {
    var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
