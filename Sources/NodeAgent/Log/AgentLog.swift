package import Logging
internal import Platform
internal import Synchronization

/// Makes loggers that share one output.
package struct AgentLog: Sendable {
    /// Whether the output is the journal, which then gets priorities instead of times.
    package var isJournal: Bool
    private let writer: LineWriter
    private let style: LogStyle

    /// - Parameter descriptor: stays the caller's; standard error by default.
    package init(format: LogFormat, level: Logger.Level, descriptor: Int32 = 2) {
        style = LogStyle(format: format, level: level)
        writer = LineWriter(descriptor: descriptor)
        isJournal = Journal.isBehind(descriptor)
    }

    /// A logger for a part of the agent, such as `martlet.registration`. Passed by hand: a program
    /// that embeds the agent keeps its own `LoggingSystem`.
    package func logger(_ label: String) -> Logger {
        Logger(label: label) { label in
            AgentLogHandler(
                label: label, style: style, isJournal: isJournal, writer: writer)
        }
    }

    /// From now on, for all loggers that were made.
    package func change(format: LogFormat, level: Logger.Level) {
        style.change(format: format, level: level)
    }
}

/// What the loggers of one output have in common, and may change while they are used.
package final class LogStyle: Sendable {
    private let state: Mutex<(format: LogFormat, level: Logger.Level)>

    package init(format: LogFormat, level: Logger.Level) {
        state = Mutex((format, level))
    }

    var format: LogFormat { state.withLock { $0.format } }
    var level: Logger.Level { state.withLock { $0.level } }

    func change(format: LogFormat, level: Logger.Level) {
        state.withLock { $0 = (format, level) }
    }
}

/// The journal of systemd.
enum Journal {
    /// Whether a descriptor is the stream that systemd said leads there: JOURNAL_STREAM holds its
    /// device and inode, and is inherited also by children whose output was redirected.
    static func isBehind(
        _ descriptor: Int32, variable: String? = Host.environment("JOURNAL_STREAM")
    ) -> Bool {
        guard let variable, let identity = try? FileIdentity(descriptor: descriptor) else {
            return false
        }
        return variable == "\(identity.device):\(identity.inode)"
    }
}
