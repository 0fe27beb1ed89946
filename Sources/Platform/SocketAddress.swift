package import CLinux

/// An IPv4, IPv6 or Unix address, as sockets take it.
package struct SocketAddress: Sendable {
    package private(set) var storage: sockaddr_storage
    package private(set) var length: socklen_t

    package init(storage: sockaddr_storage, length: socklen_t) {
        self.storage = storage
        self.length = length
    }

    /// An IPv4 or IPv6 address from its digits, without asking any name service.
    package init?(digits host: String, port: UInt16) {
        guard let first = try? Self.resolve(host: host, port: port, flags: AI_NUMERICHOST).first
        else { return nil }
        self = first
    }

    package var family: Int32 { Int32(storage.ss_family) }

    package var port: UInt16 {
        switch family {
        case AF_INET: UInt16(bigEndian: view(as: sockaddr_in.self).sin_port)
        case AF_INET6: UInt16(bigEndian: view(as: sockaddr_in6.self).sin6_port)
        default: 0
        }
    }

    /// The same address with another port.
    package func with(port: UInt16) -> SocketAddress {
        var copy = self
        // sin_port and sin6_port stand at the same place, behind the family.
        unsafe withUnsafeMutableBytes(of: &copy.storage) { bytes in
            unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
        }
        return copy
    }

    /// The address in network order: 4 or 16 bytes, empty for other families.
    package var addressBytes: [UInt8] {
        unsafe withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET: unsafe Array(bytes[4..<8])
            case AF_INET6: unsafe Array(bytes[8..<24])
            default: []
            }
        }
    }

    package var isLoopback: Bool {
        let bytes = addressBytes
        switch family {
        case AF_UNIX: return true
        case AF_INET: return bytes[0] == 127
        case AF_INET6:
            let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127]
            return bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
                || bytes.starts(with: mapped)
        default: return false
        }
    }

    /// The IPv4 address that an IPv6 socket shows in IPv6's clothes, else the address itself.
    package var unmapped: SocketAddress {
        let bytes = addressBytes
        let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
        guard bytes.count == 16, bytes.starts(with: prefix) else { return self }
        return SocketAddress(addressBytes: Array(bytes[12...]), port: port) ?? self
    }

    /// Means something on one link of one host only.
    package var isLinkLocal: Bool {
        let bytes = addressBytes
        switch family {
        case AF_INET: return bytes[0] == 169 && bytes[1] == 254
        case AF_INET6: return bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80
        default: return false
        }
    }

    package var isUnspecified: Bool {
        let bytes = addressBytes
        return !bytes.isEmpty && bytes.allSatisfy { $0 == 0 }
    }

    private func view<T>(as type: T.Type) -> T {
        unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: type) }
    }
}

extension SocketAddress: Hashable, CustomStringConvertible {
    package static func == (left: SocketAddress, right: SocketAddress) -> Bool {
        left.family == right.family && left.port == right.port
            && left.addressBytes == right.addressBytes
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(family)
        hasher.combine(port)
        hasher.combine(addressBytes)
    }

    /// The address without its port, as digits.
    package var host: String {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var copy = storage
        let failed = unsafe withUnsafePointer(to: &copy) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe getnameinfo(
                    address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            }
        }
        return failed == 0 ? String(terminated: text) : "unknown"
    }

    package var description: String {
        family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension SocketAddress {
    /// All stream addresses of a host name; asks the name service unless `flags` forbid it.
    package static func resolve(
        host: String, port: UInt16, flags: Int32 = 0
    ) throws(SystemError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let failed = unsafe getaddrinfo(host, String(port), &hints, &list)
        guard failed == 0 else {
            let reason = unsafe gai_strerror(failed).map { unsafe String(cString: $0) } ?? "unknown"
            throw SystemError(code: EADDRNOTAVAIL, operation: "resolve \(host) (\(reason))")
        }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr {
                found.append(
                    unsafe SocketAddress(copying: address, length: entry.pointee.ai_addrlen))
            }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }

    /// 127.0.0.1, or ::1 on a host without IPv4.
    package static func loopback(port: UInt16) throws(SystemError) -> SocketAddress {
        for digits in ["127.0.0.1", "::1"] {
            guard let address = SocketAddress(digits: digits, port: port) else { continue }
            // Not `try?` and a comparison with nil, which leaks the socket (Swift 6.3.1).
            do {
                _ = try StreamSocket.listen(on: address.with(port: 0))
                return address
            } catch { continue }
        }
        throw SystemError(code: EADDRNOTAVAIL, operation: "find a loopback address")
    }

    /// Copies what a C call lent.
    package init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
        var storage = sockaddr_storage()
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            let source = unsafe UnsafeRawBufferPointer(
                start: address, count: min(Int(length), bytes.count))
            unsafe bytes.copyMemory(from: source)
        }
        self.init(storage: storage, length: length)
    }

    /// An address from its network-order bytes, 4 or 16 of them.
    package init?(addressBytes: [UInt8], port: UInt16) {
        var storage = sockaddr_storage()
        let (family, offset, length): (Int32, Int, Int)
        switch addressBytes.count {
        case 4: (family, offset, length) = (AF_INET, 4, MemoryLayout<sockaddr_in>.size)
        case 16: (family, offset, length) = (AF_INET6, 8, MemoryLayout<sockaddr_in6>.size)
        default: return nil
        }
        storage.ss_family = sa_family_t(family)
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            for (index, byte) in addressBytes.enumerated() { unsafe bytes[offset + index] = byte }
        }
        self.init(storage: storage, length: socklen_t(length))
    }
}
