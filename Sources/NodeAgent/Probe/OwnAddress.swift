internal import ClusterStore
internal import Platform

/// Where other nodes reach this one.
enum OwnAddress {
    /// This host's address on the way to the control plane. Where that is on this very host, any
    /// address that others may reach; loopback where there is none. Blocks while names are resolved.
    static func towards(_ endpoints: [String]) -> String {
        for endpoint in endpoints {
            guard let address = try? StoreEndpoint(endpoint),
                let found = try? SocketAddress.resolve(
                    host: address.host, port: UInt16(address.port))
            else { continue }
            for target in found {
                guard let own = try? target.localAddressOnTheWay(), !isLoopback(own.host) else {
                    continue
                }
                return own.host
            }
        }
        let useful = HostFacts.usefulAddresses()
        return useful.first { !$0.contains(":") } ?? useful.first ?? "127.0.0.1"
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "::1" || host.hasPrefix("127.") || host.hasPrefix("::ffff:127.")
    }
}
