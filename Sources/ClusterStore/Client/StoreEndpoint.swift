/// Where a store listens: `http://host:port`, or `https://host:port` for TLS.
package struct StoreEndpoint: Hashable, Sendable {
    package let isSecure: Bool
    package let host: String
    package let port: Int

    package init(isSecure: Bool, host: String, port: Int) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
    }

    /// Reads an address. Without a scheme it is `http`, without a port 2379, etcd's.
    package init(_ text: String) throws(StoreError) {
        var rest = Substring(text)
        var isSecure = false
        if let scheme = rest.firstRange(of: "://") {
            switch rest[..<scheme.lowerBound] {
            case "http": isSecure = false
            case "https": isSecure = true
            default: throw Self.malformed(text, "its scheme is neither http nor https")
            }
            rest = rest[scheme.upperBound...]
        }
        if rest.last == "/" { rest.removeLast() }
        guard !rest.contains("/"), !rest.contains("@"), !rest.contains(",") else {
            throw Self.malformed(text, "it has more than a host and a port")
        }
        let (host, port) = try Self.split(rest, of: text)
        self.init(isSecure: isSecure, host: host, port: port)
    }

    /// Reads several addresses, separated by commas.
    package static func list(_ text: String) throws(StoreError) -> [StoreEndpoint] {
        var endpoints: [StoreEndpoint] = []
        for part in text.split(separator: ",") {
            endpoints.append(try StoreEndpoint(String(part.filter { $0 != " " })))
        }
        guard !endpoints.isEmpty else { throw malformed(text, "it is empty") }
        return endpoints
    }

    private static func split(
        _ rest: Substring, of text: String
    ) throws(StoreError) -> (String, Int) {
        var host = rest
        var port = 2379
        let isBareIPv6 = rest.first != "[" && rest.count(where: { $0 == ":" }) > 1
        if !isBareIPv6, let colon = rest.lastIndex(of: ":"),
            rest.last != "]"
        {
            host = rest[..<colon]
            guard let number = UInt16(rest[rest.index(after: colon)...]), number > 0 else {
                throw malformed(text, "its port is no number from 1 to 65535")
            }
            port = Int(number)
        }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw malformed(text, "it has no host") }
        return (String(host), port)
    }

    private static func malformed(_ text: String, _ why: String) -> StoreError {
        StoreError(
            .invalidConfiguration, "\"\(text)\" is no address of a control plane: \(why)",
            remedy: "write http://HOST:PORT or https://HOST:PORT")
    }
}

extension StoreEndpoint: CustomStringConvertible {
    package var description: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(shown):\(port)"
    }
}
