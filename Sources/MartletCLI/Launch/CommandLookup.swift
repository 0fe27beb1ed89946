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
            try require(name, shown: shown)
            return name
        }
        var refusal: Complaint?
        let path = Array((searchPath ?? "/usr/local/bin:/usr/bin:/bin").utf8)
        for part in path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            let folder = part.isEmpty ? [UInt8(ascii: ".")] : Array(part)
            let candidate = folder + [UInt8(ascii: "/")] + name
            guard exists(candidate) else { continue }
            do {
                try require(candidate, shown: String(decoding: candidate, as: UTF8.self))
                return candidate
            } catch {
                refusal = refusal ?? error
            }
        }
        throw refusal
            ?? Complaint("cannot run '\(shown)': no such command in PATH", exitStatus: 127)
    }

    private static func require(_ path: [UInt8], shown: String) throws(Complaint) {
        var status = stat()
        if unsafe withPath(path, { unsafe stat($0, &status) }) != 0 {
            let code = errno
            throw Complaint(
                "cannot run '\(shown)': \(SystemError.text(of: code))",
                exitStatus: code == EACCES ? 126 : 127)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            throw Complaint("cannot run '\(shown)': it is a directory", exitStatus: 126)
        }
        if unsafe withPath(path, { unsafe access($0, X_OK) }) != 0 {
            throw Complaint(
                "cannot run '\(shown)': it is not executable (chmod +x makes it so)",
                exitStatus: 126)
        }
    }

    private static func exists(_ path: [UInt8]) -> Bool {
        unsafe withPath(path) { unsafe access($0, F_OK) } == 0
    }

    private static func withPath(
        _ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32
    ) -> Int32 {
        let terminated = path.map { CChar(bitPattern: $0) } + [0]
        return unsafe terminated.withUnsafeBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe body($0) } ?? -1
        }
    }
}
