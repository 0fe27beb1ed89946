internal import CLinux

/// An address of one of this host's network interfaces.
package struct NetworkInterface: Sendable, Hashable {
    package var name: String
    package var address: SocketAddress
    package var isUp: Bool

    /// Every IPv4 and IPv6 address of the host, in the kernel's order.
    package static func all() throws(SystemError) -> [NetworkInterface] {
        var list: UnsafeMutablePointer<ifaddrs>?
        try check(unsafe clinux_interface_addresses(&list), "getifaddrs")
        defer { unsafe freeifaddrs(list) }
        var found: [NetworkInterface] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let interface = unsafe interface(of: entry.pointee) { found.append(interface) }
            unsafe next = entry.pointee.ifa_next
        }
        return found
    }

    private static func interface(of entry: ifaddrs) -> NetworkInterface? {
        guard let address = unsafe entry.ifa_addr else { return nil }
        let length: Int
        switch unsafe Int32(address.pointee.sa_family) {
        case AF_INET: length = MemoryLayout<sockaddr_in>.size
        case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        return unsafe NetworkInterface(
            name: String(cString: entry.ifa_name),
            address: SocketAddress(copying: address, length: socklen_t(length)),
            isUp: entry.ifa_flags & UInt32(IFF_UP) != 0)
    }
}
