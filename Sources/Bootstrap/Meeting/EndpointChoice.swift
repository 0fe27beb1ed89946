internal import Platform

/// Which of this host's addresses the others are told.
enum EndpointChoice {
    /// Rank 0's, as far as it can be known before anybody has come.
    static func ofHost(
        _ configuration: JoinConfiguration, _ listener: SocketAddress
    ) throws(BootstrapError) -> SocketAddress {
        guard listener.isUnspecified else { return listener }
        if let wanted = try configuration.interface?.address(likeFamilyOf: nil) {
            return wanted.with(port: listener.port)
        }
        return try inPhase(.listening) { () throws(SystemError) in
            try SocketAddress.loopback(port: listener.port)
        }
    }

    /// By the route to rank 0, or as configured.
    static func ofVisitor(
        _ configuration: JoinConfiguration, route: SocketAddress
    ) throws(BootstrapError) -> SocketAddress {
        let address = try configuration.interface?.address(likeFamilyOf: route) ?? route
        guard !address.isLinkLocal else {
            throw BootstrapError(
                .invalidConfiguration,
                "rank \(configuration.rank) would be reached at \(address.host), which means "
                    + "something on one link only", phase: .connecting, peer: address,
                remedy: "set MARTLET_INTERFACE to an interface or network with another address")
        }
        guard configuration.credentials.allowsStrangers || address.isLoopback else {
            throw BootstrapError(
                .unauthenticated,
                "rank \(configuration.rank) would be reached at \(address.host): "
                    + Credentials.strangerText, phase: .connecting, peer: address,
                remedy: Credentials.strangerRemedy)
        }
        return address
    }

    /// What a listener on every address writes into the meeting's file. Loopback stands there only
    /// where there is nothing else: who comes that way could not be reached from other hosts.
    static func published(_ listener: SocketAddress) throws(BootstrapError) -> [SocketAddress] {
        guard listener.isUnspecified else { return [listener] }
        let all = try inPhase(.listening) { () throws(SystemError) in
            try NetworkInterface.all().filter { $0.isUp && !$0.address.isLinkLocal }
        }
        let outside = all.filter { !$0.address.isLoopback }
        return (outside.isEmpty ? all : outside).prefix(MeetingFile.endpointLimit)
            .map { $0.address.with(port: listener.port) }
    }
}
