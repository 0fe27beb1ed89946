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
        let failure = Self.obstacle(to: path)
        guard failure == 0 else {
            throw Complaint(
                "\(option) expects a file that can be written: \(path): "
                    + SystemError.text(of: failure))
        }
    }

    /// The errno that writing would meet, 0 for none.
    private static func obstacle(to path: String) -> Int32 {
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { return EISDIR }
            if status.st_mode & S_IFMT != S_IFREG {
                return unsafe access(path, W_OK) == 0 ? 0 : errno
            }
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let folder = parts.isEmpty ? "." : parts.joined(separator: "/") + "/"
        // The file is replaced as a whole, so it is the folder that must be writable; asking with
        // a temporary file also finds read-only file systems, for the superuser too.
        let probe = "\(folder)/.martlet.\(Host.processIdentifier).tmp"
        do {
            _ = try FileDescriptor.open(probe, flags: O_WRONLY | O_CREAT | O_EXCL)
            unsafe unlink(probe)
            return 0
        } catch {
            return error.code
        }
    }

    /// All of the text or, with a complaint, nothing: never half a file.
    func write(_ text: String) throws(Complaint) {
        do {
            var status = stat()
            let isSpecial =
                unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
            if isSpecial {
                try Self.writeInto(path, Array(text.utf8))
            } else {
                try FileDescriptor.replaceContents(of: path, with: Array(text.utf8))
            }
        } catch {
            throw Complaint("\(option): the results could not be written: \(error)")
        }
    }

    /// A pipe or a device is written to, not replaced.
    private static func writeInto(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
        let file = try FileDescriptor.open(path, flags: O_WRONLY)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe FileDescriptor.write(file.rawValue, $0)
            }
            rest = rest.dropFirst(try check(count, "write \(path)"))
        }
    }
}
