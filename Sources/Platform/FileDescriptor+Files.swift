package import CLinux

extension FileDescriptor {
    /// Writes a whole file so that readers see the old contents or the new, never a part: into a
    /// temporary file beside it, synced, then renamed. Where that fails, as on a full disk, the old
    /// file stays and nothing else is left.
    package static func replaceContents(
        of path: String, with bytes: [UInt8], mode: mode_t = 0o644
    ) throws(SystemError) {
        // Processes of other hosts, with the same process ids, may write to the same folder.
        let temporary = "\(path).\(String(hexadecimal: Host.randomBytes(8))).tmp"
        let file = try open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        do {
            try file.write(bytes, path: temporary)
            try check(clinux_sync(file.rawValue), "sync \(temporary)")
            try check(unsafe clinux_rename(temporary, path), "rename \(temporary) to \(path)")
        } catch {
            remove(temporary)
            throw error
        }
    }

    /// Waits until all bytes are written.
    package borrowing func write(_ bytes: [UInt8], path: String) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Self.write(rawValue, $0) }
            rest = rest.dropFirst(try check(count, "write \(path)"))
        }
    }

    /// Removes a file, if it is there.
    package static func remove(_ path: String) {
        _ = unsafe clinux_unlink(path)
    }
}
