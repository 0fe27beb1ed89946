import Glibc
import Platform

/// Finds the program to run, once for all ranks, so that a wrong name is said once.
enum CommandLookup {
    /// The file that a shell would run for `name`.
    ///
    /// - Throws: a complaint with a shell's exit status, 127 when there is no such command and 126
    ///   when it cannot be executed.
    static func resolve(_ name: [UInt8], searchPath: String?) throws(Complaint) -> [UInt8] {
        let shown = String(decoding: name, as: UTF8.self)
        if name.contains(UInt8(ascii: "/")) {
            try require(FilePath(name))
            return name
        }
        var refusal: Complaint?
        let path = Array((searchPath ?? "/usr/local/bin:/usr/bin:/bin").utf8)
        for part in path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            let folder = part.isEmpty ? [UInt8(ascii: ".")] : Array(part)
            let candidate = folder + [UInt8(ascii: "/")] + name
            guard exists(FilePath(candidate)) else { continue }
            do {
                try require(FilePath(candidate))
                return candidate
            } catch {
                refusal = refusal ?? error
            }
        }
        throw refusal
            ?? Complaint("cannot run '\(shown)': no such command in PATH", exitStatus: 127)
    }

    private static func require(_ path: FilePath) throws(Complaint) {
        let kind: FilePath.Kind
        do {
            kind = try path.kind()
        } catch {
            throw Complaint(
                "cannot run '\(path)': \(SystemError.text(of: error.code))",
                exitStatus: error.code == EACCES ? 126 : 127)
        }
        guard kind != .directory else {
            throw Complaint("cannot run '\(path)': it is a directory", exitStatus: 126)
        }
        guard (try? path.requireAccess(X_OK)) != nil else {
            throw Complaint(
                "cannot run '\(path)': it is not executable (chmod +x makes it so)",
                exitStatus: 126)
        }
    }

    private static func exists(_ path: FilePath) -> Bool {
        (try? path.requireAccess(F_OK)) != nil
    }
}
