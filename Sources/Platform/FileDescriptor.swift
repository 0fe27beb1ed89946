package import CLinux

/// A descriptor with exactly one owner; closed when the owner goes.
package struct FileDescriptor: ~Copyable, Sendable {
    package let rawValue: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    deinit {
        Self.close(rawValue)
    }

    /// Hands the descriptor to the caller, who closes it.
    package consuming func release() -> Int32 {
        let rawValue = rawValue
        discard self
        return rawValue
    }

    /// Closes a descriptor that has no owner. EBADF is our own bug: somebody else's descriptor may
    /// be the next victim, so debug builds stop.
    package static func close(_ rawValue: Int32) {
        let result = clinux_close(rawValue)
        assert(result != -EBADF, "closed descriptor \(rawValue) twice")
    }
}

extension FileDescriptor {
    /// Opens a file, close-on-exec.
    package static func open(
        _ path: String, flags: Int32, mode: mode_t = 0o600
    ) throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            owning: try check(unsafe clinux_open(path, flags, mode), "open \(path)"))
    }

    /// Reads a whole small file; `limit` bounds what is read.
    package static func contents(
        of path: String, limit: Int = 1 << 20
    ) throws(SystemError) -> [UInt8] {
        let file = try open(path, flags: O_RDONLY)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = unsafe piece.withUnsafeMutableBytes { piece in
                unsafe clinux_read(file.rawValue, piece.baseAddress, piece.count)
            }
            guard try check(count, "read \(path)") > 0 else { break }
            bytes.append(contentsOf: piece[..<count])
        }
        return bytes
    }
}
