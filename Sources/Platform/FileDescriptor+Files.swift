package import CLinux

extension FileDescriptor {
    /// Writes a whole file so that readers see the old contents or the new, never a part: into a
    /// temporary file beside it, synced, then renamed. A full disk leaves the old file alone.
    package static func replaceContents(
        of path: String, with bytes: [UInt8], mode: mode_t = 0o644
    ) throws(SystemError) {
        let temporary = "\(path).\(Host.processIdentifier).tmp"
        do {
            try write(bytes, to: temporary, mode: mode)
            try check(unsafe clinux_rename(temporary, path), "rename \(temporary) to \(path)")
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    private static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t
    ) throws(SystemError) {
        let file = try open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe clinux_write(
                    file.rawValue, bytes.baseAddress.map { unsafe $0 + written },
                    bytes.count - written)
            }
            written += try check(count, "write \(path)")
        }
        try check(clinux_sync(file.rawValue), "sync \(path)")
    }
}

extension SystemError {
    /// Whether the file simply does not exist.
    package var isMissingFile: Bool { code == ENOENT }
}
