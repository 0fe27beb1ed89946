import Glibc
import Platform

/// What /proc says of processes that are not our children.
enum Processes {
    /// The letter of its state: R, S, T, Z; nil when there is none.
    static func state(of identifier: Int32) -> Character? {
        fields(of: identifier).first?.first
    }

    static func parent(of identifier: Int32) -> Int32? {
        let fields = fields(of: identifier)
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    /// Gone, or only waiting for its parent to notice.
    static func hasEnded(_ identifier: Int32) -> Bool {
        let state = state(of: identifier)
        return state == nil || state == "Z" || state == "X"
    }

    static func children(of identifier: Int32) -> [Int32] {
        var found: [Int32] = []
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let candidate = Int32(name), parent(of: candidate) == identifier {
                found.append(candidate)
            }
        }
        return found
    }

    /// A number from /proc/PID/status, such as VmRSS.
    static func statusNumber(_ name: String, of identifier: Int32) -> Int? {
        guard let bytes = try? FileDescriptor.contents(of: "/proc/\(identifier)/status") else {
            return nil
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("\(name):") }
        return line?.split(whereSeparator: { " \t:".contains($0) }).dropFirst().first
            .flatMap { Int($0) }
    }

    private static func fields(of identifier: Int32) -> [Substring] {
        guard let bytes = try? FileDescriptor.contents(of: "/proc/\(identifier)/stat") else {
            return []
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }
}

/// True as soon as the condition holds, false at the deadline.
func eventually(withinSeconds seconds: Double = 20, _ condition: () throws -> Bool) rethrows -> Bool
{
    let deadline = Deadline(secondsFromNow: seconds)
    while !deadline.hasPassed {
        if try condition() { return true }
        _ = poll(nil, 0, 5)
    }
    return try condition()
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = Clock.nowNanoseconds()
    try body()
    return Double(Clock.nowNanoseconds() - start) / 1e9
}
