package import Logging
package import Platform

/// Writes the log's lines to a descriptor, usually standard error. It never waits: see `LineWriter`.
package struct AgentLogHandler: LogHandler {
    /// The name under which `Logger.report` passes its event.
    static let eventKey = "event"

    package var metadata = Logger.Metadata()
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let label: String
    private let format: LogFormat
    private let isJournal: Bool
    private let writer: LineWriter

    package init(
        label: String, level: Logger.Level, format: LogFormat, isJournal: Bool, writer: LineWriter
    ) {
        self.label = label
        logLevel = level
        self.format = format
        self.isJournal = isJournal
        self.writer = writer
    }

    package subscript(metadataKey name: String) -> Logger.Metadata.Value? {
        get { metadata[name] }
        set { metadata[name] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { all["error"] = .string("\(error)") }
        let name = all.removeValue(forKey: Self.eventKey)
        let lost = writer.takeLostCount()
        if lost > 0 { all["lostLines"] = .string("\(lost)") }
        let line = LogLine(
            time: .now(), level: event.level, label: label, event: name.map { "\($0)" },
            message: event.message.description,
            facts: all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") })
        guard !writer.write(line.text(format, forJournal: isJournal)) else { return }
        writer.addLost(lost + 1)
    }
}
