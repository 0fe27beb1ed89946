import Martlet
import Platform

/// Lines that the drill reads: `drill`, then `key=value` separated by tabs.
struct Report {
    /// The position in the script of the step that is carried out.
    var step = 0

    /// Writes one line at once, so that lines of a process never mix with its log.
    func write(_ event: String, _ fields: [(String, String)]) {
        var line = "drill\tevent=\(event)\tstep=\(step)\tat=\(Clock.nowNanoseconds())"
        for (key, value) in fields {
            let text = value.split(whereSeparator: { $0 == "\n" || $0 == "\t" })
                .joined(separator: " ")
            line += "\t\(key)=\(text)"
        }
        line += "\n"
        line.withUTF8 { bytes in _ = unsafe FileDescriptor.write(1, UnsafeRawBufferPointer(bytes)) }
    }

    /// What became of a call that began at `start`.
    func outcome(
        _ name: String, since start: UInt64, _ error: CollectiveError?,
        _ more: [(String, String)] = []
    ) {
        let elapsed = (Clock.nowNanoseconds() - start) / 1000
        var fields = [("name", name), ("microseconds", "\(elapsed)")] + more
        if let error {
            fields += [
                ("status", "failed"), ("code", error.code.name),
                ("culprit", error.culprit.map(String.init) ?? "none"),
                ("sequence", "\(error.sequence)"), ("message", error.message),
            ]
        } else {
            fields.append(("status", "ok"))
        }
        write("outcome", fields)
    }
}

extension CollectiveError.Code {
    fileprivate var name: String {
        switch self {
        case .invalidArgument: "invalidArgument"
        case .mismatch: "mismatch"
        case .peerLost: "peerLost"
        case .timedOut: "timedOut"
        case .aborted: "aborted"
        case .peerLeft: "peerLeft"
        case .system: "system"
        case .busy: "busy"
        case .unsupported: "unsupported"
        case .notJoined: "notJoined"
        default: "code \(rawValue)"
        }
    }
}
