internal import GRPCCore
internal import GRPCNIOTransportHTTP2

extension StoreServer {
    static func addresses(
        of configuration: StoreServerConfiguration
    ) throws(StoreError) -> [ListenAddress] {
        guard !configuration.listen.isEmpty else {
            throw StoreError(
                .invalidConfiguration, "the store has no address to listen on",
                remedy: "give one, such as 127.0.0.1:2379")
        }
        guard AccessPolicy.isUsable(configuration.cluster) else {
            throw StoreError(
                .invalidConfiguration, "\"\(configuration.cluster)\" cannot be a cluster's name",
                remedy: "use letters, digits, dots and hyphens")
        }
        var addresses: [ListenAddress] = []
        for text in configuration.listen { addresses.append(try ListenAddress(text)) }
        let isOpen = configuration.tls == nil && !configuration.allowsPlaintextBeyondLoopback
        if isOpen, let first = addresses.first(where: { !$0.isLoopback }) {
            throw StoreError(
                .invalidConfiguration,
                "\(first) can be reached from other hosts, and without TLS everybody may do "
                    + "everything",
                remedy: "configure certificates, or listen on 127.0.0.1 only")
        }
        return addresses
    }

    static func transport(
        _ address: ListenAddress, _ certificates: CertificateFiles?,
        _ doorkeeper: ConnectionDoorkeeper
    ) -> Transport {
        NamingTransport(
            base: HTTP2ServerTransport.Posix(
                address: address.socketAddress,
                transportSecurity: certificates?.security ?? .plaintext,
                config: .defaults { config in
                    config.rpc.maxRequestPayloadSize = RequestLimit.messageByteCount
                    config.http2.maxConcurrentStreams = 1024
                    // Clients look often whether the store still answers, also while nothing happens.
                    config.connection.keepalive.clientBehavior.allowWithoutCalls = true
                    config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls =
                        .seconds(1)
                    // Notices hosts that vanished without a word, whose streams would stay for ever.
                    config.connection.keepalive.time = .seconds(30)
                    config.connection.keepalive.timeout = .seconds(10)
                    config.channelDebuggingCallbacks.onAcceptTCPConnection = doorkeeper.receive
                }))
    }
}

extension GRPCNIOTransportHTTP2.SocketAddress {
    var hostAndPort: String? {
        if let ipv4 { return "\(ipv4.host):\(ipv4.port)" }
        return ipv6.map { "[\($0.host)]:\($0.port)" }
    }
}
