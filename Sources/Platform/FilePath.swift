package import CLinux

/// A path as bytes: file names need not be UTF-8.
package struct FilePath: Sendable {
    /// What stands under a path.
    package enum Kind: Sendable {
        case directory, regularFile
        /// A pipe, a device, a socket.
        case other
    }

    let terminated: [CChar]

    package init(_ bytes: [UInt8]) {
        terminated = bytes.map { CChar(bitPattern: $0) } + [0]
    }

    package init(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// What the path leads to, links followed.
    package func kind() throws(SystemError) -> Kind {
        var status = stat()
        try check(unsafe clinux_path_status(terminated, &status), "examine \(self)")
        return switch status.st_mode & UInt32(S_IFMT) {
        case UInt32(S_IFDIR): .directory
        case UInt32(S_IFREG): .regularFile
        default: .other
        }
    }

    /// Whether the path leads to a Unix socket.
    package func isSocket() throws(SystemError) -> Bool {
        var status = stat()
        try check(unsafe clinux_path_status(terminated, &status), "examine \(self)")
        return status.st_mode & UInt32(S_IFMT) == UInt32(S_IFSOCK)
    }

    /// Who owns what the path leads to, and who may use it.
    package struct Attributes: Sendable, Hashable {
        /// Without the kind: `0o600`.
        package var mode: UInt32
        package var owner: UInt32
        package var group: UInt32
    }

    package func attributes() throws(SystemError) -> Attributes {
        var status = stat()
        try check(unsafe clinux_path_status(terminated, &status), "examine \(self)")
        return Attributes(
            mode: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid)
    }

    /// Throws unless this process may use the file so: `F_OK`, or some of `R_OK`, `W_OK`, `X_OK`.
    package func requireAccess(_ mode: Int32) throws(SystemError) {
        try check(unsafe clinux_access(terminated, mode), "access \(self)")
    }

    /// What the directory holds, in no order, without `.` and `..`; names that are not UTF-8 come
    /// repaired.
    package func names() throws(SystemError) -> [String] {
        guard let directory = unsafe opendir(terminated) else {
            // opendir's errno is lost by now; what examining the path meets is as good.
            guard case .directory = try kind() else {
                throw SystemError(code: ENOTDIR, operation: "list \(self)")
            }
            try requireAccess(R_OK)
            throw SystemError(code: EIO, operation: "list \(self)")
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes a directory; its parent must exist.
    package func makeDirectory(mode: mode_t = 0o755) throws(SystemError) {
        try check(unsafe clinux_make_directory(terminated, mode), "make directory \(self)")
    }
}

extension FilePath: CustomStringConvertible {
    package var description: String { String(terminated: terminated) }
}
