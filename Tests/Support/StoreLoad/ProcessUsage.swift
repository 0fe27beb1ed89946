internal import Glibc
internal import Platform

/// What a process has used, from /proc.
struct ProcessUsage: Sendable {
    /// Time on cores, user and system together.
    var coreSeconds = 0.0
    var byteCount = 0
    var peakByteCount = 0

    init(of process: Int32) {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        // The name may hold anything, also spaces; it ends with the last parenthesis.
        let fields =
            Self.text("/proc/\(process)/stat").split(separator: ")").last?
            .split(separator: " ") ?? []
        if fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) {
            coreSeconds = (user + system) / ticks
        }
        for line in Self.text("/proc/\(process)/status").split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count > 1, let kibibytes = Int(words[1]) else { continue }
            if words[0] == "VmRSS:" { byteCount = kibibytes << 10 }
            if words[0] == "VmHWM:" { peakByteCount = kibibytes << 10 }
        }
    }

    private static func text(_ path: String) -> String {
        String(decoding: (try? FileDescriptor.contents(of: path)) ?? [], as: UTF8.self)
    }
}
