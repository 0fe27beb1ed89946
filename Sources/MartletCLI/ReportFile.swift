import Glibc
import Platform

/// A file that a command writes at its end, and whose path is tried at its beginning.
struct ReportFile {
    let path: String
    /// The option that named it, for complaints.
    let option: String

    /// - Throws: when the file could surely not be written.
    init(_ path: String, option: String) throws(Complaint) {
        self.path = path
        self.option = option
        guard !path.isEmpty else {
            throw Complaint("\(option) expects the name of a file", exitStatus: 64)
        }
        do {
            try Self.examine(path)
        } catch {
            throw Complaint(
                "\(option) expects a file that can be written: \(path): "
                    + SystemError.text(of: error.code))
        }
    }

    /// A page: a disk that is full has none left.
    private static let probeByteCount = 4096

    /// Throws what writing would meet.
    private static func examine(_ path: String) throws(SystemError) {
        let file = FilePath(path)
        // What cannot be examined may still be made.
        switch try? file.kind() {
        case .directory: throw SystemError(code: EISDIR, operation: "write \(path)")
        case .other: return try file.requireAccess(W_OK)
        case .regularFile, nil: break
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let folder = parts.isEmpty ? "." : parts.joined(separator: "/") + "/"
        // The file is replaced as a whole, so it is the folder that must be writable; asking with
        // a temporary file also finds read-only file systems and full disks, for the superuser too.
        let probe = "\(folder)/.martlet.\(Host.processIdentifier).tmp"
        let opened = try FileDescriptor.open(probe, flags: O_WRONLY | O_CREAT | O_EXCL)
        defer { FileDescriptor.remove(probe) }
        try opened.write([UInt8](repeating: 0, count: probeByteCount), path: probe)
    }

    /// All of the text or, with a complaint, nothing: never half a file.
    func write(_ text: String) throws(Complaint) {
        do {
            if case .other = try? FilePath(path).kind() {
                // A pipe or a device is written to, not replaced.
                try FileDescriptor.open(path, flags: O_WRONLY).write(Array(text.utf8), path: path)
            } else {
                try FileDescriptor.replaceContents(of: path, with: Array(text.utf8))
            }
        } catch {
            throw Complaint("\(option): the results could not be written: \(error)")
        }
    }
}
