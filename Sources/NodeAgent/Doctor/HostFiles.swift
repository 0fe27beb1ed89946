package import Platform

/// What Linux says of a host in its files. Reads only.
package struct HostFiles: Sendable {
    /// Empty for this host; or a folder that looks like its root, such as a recorded one.
    package var root: String

    package init(root: String = "") {
        self.root = root
    }

    /// A whole file, without white space at its end; at most 1 MiB.
    package func contents(_ path: String) throws(SystemError) -> String {
        var bytes = try FileDescriptor.contents(of: root + path)[...]
        while let last = bytes.last, last == 0x0a || last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same where the reason does not matter; nil when it cannot be read, or is empty.
    package func text(_ path: String) -> String? {
        guard let text = try? contents(path), !text.isEmpty else { return nil }
        return text
    }

    package func integer(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

    package func lines(_ path: String) -> [Substring] {
        (text(path) ?? "").split(separator: "\n")
    }

    /// What a folder holds, sorted; empty where there is none.
    package func names(in path: String) -> [String] {
        ((try? FilePath(root + path).names()) ?? []).sorted()
    }

    package func exists(_ path: String) -> Bool {
        (try? FilePath(root + path).kind()) != nil
    }

    /// Nil when this process may use the file so (`R_OK`, `W_OK`); else why not.
    package func refusal(_ path: String, mode: Int32) -> SystemError? {
        do throws(SystemError) {
            try FilePath(root + path).requireAccess(mode)
            return nil
        } catch {
            return error
        }
    }
}

extension SystemError {
    /// `/etc/machine-id: No such file or directory (errno 2)`
    func evidence(_ path: String) -> String { "\(path): \(SystemError.text(of: code))" }
}
