internal import CLinux
internal import Synchronization

/// Lines for operators, on standard error. `MARTLET_LOG` sets the level: error, warning (the
/// default), info or debug. Never called on the data path.
package enum Log {
    package enum Level: Int, Sendable, Comparable {
        case error, warning, info, debug

        package init?(name: String) {
            switch name {
            case "error": self = .error
            case "warning": self = .warning
            case "info": self = .info
            case "debug": self = .debug
            default: return nil
            }
        }

        package static func < (left: Level, right: Level) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// Read once: the environment of a process does not change for its library. A name that is
    /// none is refused where a process joins.
    private static let threshold: Level =
        Host.environment("MARTLET_LOG").flatMap(Level.init(name:)) ?? .warning

    /// Lines that standard error did not take since the last one that it took.
    private static let droppedCount = Atomic<Int>(0)

    /// Never waits: a reader that stalls, as a terminal after Ctrl-S or a stopped launcher, must not
    /// hold up a thread that others count on. A line that standard error does not take now is
    /// dropped, and the next one that it takes says how many were.
    package static func write(_ level: Level, _ message: @autoclosure () -> String) {
        guard level <= threshold else { return }
        write(level, message(), to: STDERR_FILENO, droppedCount)
    }

    static func write(
        _ level: Level, _ message: String, to descriptor: Int32,
        _ droppedCount: borrowing Atomic<Int>
    ) {
        let dropped = droppedCount.exchange(0, ordering: .relaxed)
        let gap =
            dropped == 0 ? "" : " (\(dropped) lines in front of this one found no room here)"
        let start = "martlet[\(Host.processIdentifier)] \(level): "
        var text = message.utf8.prefix(lineByteLimit - start.utf8.count - gap.utf8.count - 1)
        // Not through the middle of a character.
        while String(text) == nil { text = text.dropLast() }
        // One write per line, so that lines of many ranks do not mix.
        var line = "\(start)\(String(text) ?? "")\(gap)\n"
        let count = line.withUTF8 { bytes in
            unsafe clinux_write_line(descriptor, bytes.baseAddress, bytes.count)
        }
        if count < 0 { droppedCount.add(dropped + 1, ordering: .relaxed) }
    }

    /// What a pipe takes whole or not at all.
    private static let lineByteLimit = Int(PIPE_BUF)
}
