package import Logging
package import Platform

/// Writes the log's lines to a descriptor, usually standard error. It never waits: see `LineWriter`.
package struct AgentLogHandler: LogHandler {
    /// The name under which `Logger.report` passes its event.
    static let eventKey = "event"

    package var metadata = Logger.Metadata()
    package var metadataProvider: Logger.MetadataProvider?
    /// That of the output, unless somebody sets this logger's own.
    package var logLevel: Logger.Level {
        get { ownLevel ?? style.level }
        set { ownLevel = newValue }
    }

    private var ownLevel: Logger.Level?
    private let label: String
    private let style: LogStyle
    private let isJournal: Bool
    private let writer: LineWriter

    package init(
        label: String, style: LogStyle, isJournal: Bool, writer: LineWriter
    ) {
        self.label = label
        self.style = style
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
        guard !writer.write(line.text(style.format, forJournal: isJournal)) else { return }
        writer.addLost(lost + 1)
    }
}
