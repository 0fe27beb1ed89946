internal import Logging
internal import Platform

/// One line of the log, before it has a form.
struct LogLine {
    var time: Timestamp
    var level: Logger.Level
    /// Of the part of the program that speaks.
    var label: String
    var event: String?
    var message: String
    /// By name.
    var facts: [(name: String, value: String)]

    /// A message or a fact that is longer is cut, so that whole lines stay below what a pipe takes.
    static let textByteLimit = 1024
    private static let cutMark = "…"

    /// The line with its line break, at most `LineWriter.byteLimit` bytes: facts that find no room
    /// are left out, and their number said.
    func text(_ format: LogFormat, forJournal: Bool) -> String {
        let prefix = forJournal ? "<\(level.severity)>" : ""
        var shown = self
        shown.message = Self.cut(message)
        shown.facts = facts.map { ($0.name, Self.cut($0.value)) }
        var omitted = 0
        while true {
            let line = prefix + shown.body(format, forJournal: forJournal, omitted: omitted) + "\n"
            if line.utf8.count <= LineWriter.byteLimit || shown.facts.isEmpty { return line }
            shown.facts.removeLast()
            omitted += 1
        }
    }

    private func body(_ format: LogFormat, forJournal: Bool, omitted: Int) -> String {
        switch format {
        case .text: plain(forJournal: forJournal, omitted: omitted)
        case .json: json(omitted: omitted)
        }
    }

    /// The journal knows the time and the level by itself.
    private func plain(forJournal: Bool, omitted: Int) -> String {
        var line = forJournal ? "" : "\(time) \(level.rawValue) "
        line += "\(event ?? label): \(Self.oneLine(message))"
        for fact in facts { line += " \(fact.name)=\(Self.word(fact.value))" }
        return omitted == 0 ? line : line + " omittedFacts=\(omitted)"
    }

    private func json(omitted: Int) -> String {
        JSONValue.present([
            ("time", .string("\(time)")),
            ("level", .string(level.rawValue)),
            ("event", event.map(JSONValue.string)),
            ("label", .string(label)),
            ("message", .string(message)),
            ("facts", facts.isEmpty ? nil : .object(facts.map { ($0.name, .string($0.value)) })),
            ("omittedFacts", omitted == 0 ? nil : .integer(omitted)),
        ]).line
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > textByteLimit else { return text }
        var part = text.utf8.prefix(textByteLimit - cutMark.utf8.count)
        // Not through the middle of a character.
        while String(part) == nil { part = part.dropLast() }
        return (String(part) ?? "") + cutMark
    }

    /// A value as one word, in quotes where it is none.
    private static func word(_ text: String) -> String {
        let isWord =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x7f }
        return isWord ? text : JSONValue.string(oneLine(text)).line
    }

    /// What others sent may stand in a message: it must not make lines or move a terminal's cursor.
    private static func oneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            line.append(isControl ? " " : scalar)
        }
        return String(line)
    }
}

extension Logger.Level {
    /// As syslog counts, which the journal reads from `<N>` in front of a line.
    var severity: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
