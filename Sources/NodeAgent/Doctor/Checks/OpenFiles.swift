/// How many descriptors processes may open: a communicator has a socket for each peer.
struct OpenFiles: Sendable {
    var limit: ResourceLimit?
    var evidence: String

    init(_ files: HostFiles) {
        let path = "/proc/self/limits"
        limit = ResourceLimit("Max open files", in: files.text(path) ?? "")
        let row = files.lines(path).first { $0.hasPrefix("Max open files") }
        let line = row.map { $0.split(separator: " ").joined(separator: " ") }
        evidence = "\(path): \(line ?? "no such row")"
    }
}

extension OpenFiles {
    /// A rank of 32 with a dozen communicators, and what the training code itself opens.
    static let leastCount: UInt64 = 1024
    /// What systemd lets services raise their limit to.
    static let enoughCount: UInt64 = 65_536

    var findings: [Finding] {
        guard let limit else {
            return [.unknown(.openFiles, "the limit of open files", [evidence])]
        }
        let text = ResourceLimit.text(ofCount: limit.soft)
        let hard = ResourceLimit.text(ofCount: limit.hard)
        let summary = "a process may open \(text) files, and raise that to \(hard)"
        let remedy =
            "set 'nofile' in /etc/security/limits.conf to \(Self.enoughCount) and log in again, or "
            + "start jobs with 'ulimit -n'"
        if limit.soft < Self.leastCount {
            return [.error(.openFiles, summary, [evidence], remedy: remedy)]
        }
        return limit.hard < 4096
            ? [.warning(.openFiles, summary, [evidence], remedy: remedy)]
            : [.ok(.openFiles, summary, [evidence])]
    }
}
