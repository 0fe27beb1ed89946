/// A line that a rank wrote: a report of its script, or a line of its log.
struct Event: Sendable {
    let rank: Int
    /// What is reported: `outcome`, `note`, `count`…; `log` for lines of the library's log.
    let name: String
    /// When, in nanoseconds of CLOCK_MONOTONIC, which all processes of a host share; 0 for logs.
    let at: UInt64
    let fields: [String: String]
    let text: String

    init(rank: Int, line: String) {
        self.rank = rank
        text = line
        guard line.hasPrefix("drill\t") else {
            (name, at, fields) = ("log", 0, [:])
            return
        }
        var fields: [String: String] = [:]
        for pair in line.split(separator: "\t").dropFirst() {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            fields[sides[0]] = sides.count > 1 ? sides[1] : ""
        }
        name = fields["event"] ?? ""
        at = fields["at"].flatMap { UInt64($0) } ?? 0
        self.fields = fields
    }

    subscript(field: String) -> String { fields[field] ?? "" }

    func number(_ field: String) -> Int? { fields[field].flatMap { Int($0) } }

    /// The position in the rank's script.
    var step: Int { number("step") ?? -1 }
}

/// The outcome of one call.
extension Event {
    var isFailure: Bool { name == "outcome" && self["status"] == "failed" }
    var code: String { self["code"] }
    var culprit: Int? { number("culprit") }
    var message: String { self["message"] }
    var milliseconds: Double { Double(number("microseconds") ?? 0) / 1000 }
    /// Everything that must be the same in a later call.
    var cause: [String] { [code, self["culprit"], message] }

    func isOutcome(of call: String) -> Bool {
        name == "outcome" && self["name"] == call
    }
}
