internal import Glibc
internal import Platform

/// A directory that is gone with its owner.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        path = "/tmp/martlet-test-\(String(hexadecimal: Host.randomBytes(8)))"
        try FilePath(path).makeDirectory(mode: 0o700)
    }

    deinit {
        Self.remove(path)
    }

    package func contents(of name: String) throws -> String {
        let bytes = try FileDescriptor.contents(of: "\(path)/\(name)")
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What lies in it, sorted.
    package var names: [String] { Self.names(in: path).sorted() }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        for name in names(in: path) { remove("\(path)/\(name)") }
        Glibc.remove(path)
    }
}
