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
        let result = clinux_guarded_close(rawValue)
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
        try open(path, flags: O_RDONLY).contents(limit: limit, path: path)
    }

    /// Reads a file of secrets, and says first whether only its owner, who is this process's user or
    /// root, may read and replace it. It is the opened file that is judged, not a path that may change.
    package static func privateContents(
        of path: String, limit: Int
    ) throws(SystemError) -> [UInt8]? {
        let file = try open(path, flags: O_RDONLY | O_NONBLOCK)
        var status = stat()
        try check(unsafe clinux_file_status(file.rawValue, &status), "examine \(path)")
        let isRegular = status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG)
        let isOurs = status.st_uid == geteuid() || status.st_uid == 0
        guard isRegular, isOurs, status.st_mode & 0o077 == 0 else { return nil }
        return try file.contents(limit: limit, path: path)
    }

    private borrowing func contents(limit: Int, path: String) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = unsafe piece.withUnsafeMutableBytes { piece in
                unsafe clinux_read(rawValue, piece.baseAddress, piece.count)
            }
            guard try check(count, "read \(path)") > 0 else { break }
            bytes.append(contentsOf: piece[..<count])
        }
        return bytes
    }

    /// A descriptor that can be read from and has nothing; good as a reserve.
    package static func null() throws(SystemError) -> FileDescriptor {
        try open("/dev/null", flags: O_RDONLY)
    }
}
