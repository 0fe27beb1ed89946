package import Logging
internal import Platform

/// Makes loggers that share one output.
package struct AgentLog: Sendable {
    package var format: LogFormat
    package var level: Logger.Level
    /// Whether the output is the journal, which then gets priorities instead of times.
    package var isJournal: Bool
    private let writer: LineWriter

    /// - Parameter descriptor: stays the caller's; standard error by default.
    package init(format: LogFormat, level: Logger.Level, descriptor: Int32 = 2) {
        self.format = format
        self.level = level
        writer = LineWriter(descriptor: descriptor)
        isJournal = Journal.isBehind(descriptor)
    }

    /// A logger for a part of the agent, such as `martlet.registration`. Passed by hand: a program
    /// that embeds the agent keeps its own `LoggingSystem`.
    package func logger(_ label: String) -> Logger {
        Logger(label: label) { label in
            AgentLogHandler(
                label: label, level: level, format: format, isJournal: isJournal, writer: writer)
        }
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
