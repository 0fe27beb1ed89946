internal import CLinux

extension StreamSocket {
    /// What a path of a Unix socket may have at most, in bytes.
    package static let localPathByteLimit = MemoryLayout<sockaddr_un>.size - 3

    /// A listening Unix socket at a path where there is nothing yet, with these permissions from the
    /// first connection on. It does not block.
    package static func listen(
        atPath path: String, mode: UInt32, group: UInt32?, backlog: Int32 = 128
    ) throws(SystemError) -> FileDescriptor {
        let bytes = Array(path.utf8)
        guard bytes.count <= localPathByteLimit else {
            throw SystemError(code: ENAMETOOLONG, operation: "bind \(path)")
        }
        let socket = FileDescriptor(
            owning: try check(
                clinux_guarded_socket(AF_UNIX, Int32(SOCK_STREAM.rawValue)), "socket"))
        var storage = address(bytes)
        let length = socklen_t(2 + bytes.count + 1)
        try check(unsafe clinux_bind(socket.rawValue, &storage, length), "bind \(path)")
        do {
            // Nobody can connect before it listens.
            try FilePath(path).setPermissions(mode: mode, group: group)
            try check(clinux_listen(socket.rawValue, backlog), "listen at \(path)")
        } catch {
            FileDescriptor.remove(path)
            throw error
        }
        return socket
    }

    private static func address(_ path: [UInt8]) -> sockaddr_storage {
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            // Behind the family; the zero at the end is there already.
            for (index, byte) in path.enumerated() { unsafe bytes[2 + index] = byte }
        }
        return storage
    }
}
