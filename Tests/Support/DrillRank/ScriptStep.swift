/// A line of a script: `verb` or `verb:key=value,key=value`.
struct ScriptStep {
    let verb: String
    private let values: [String: String]

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let verb = parts.first, !verb.hasPrefix("@") else { return nil }
        self.verb = verb
        var values: [String: String] = [:]
        for pair in parts.dropFirst().joined().split(separator: ",") {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            values[sides[0]] = sides.count > 1 ? sides[1] : ""
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name] }

    func number(_ name: String, default fallback: Int) -> Int {
        values[name].flatMap { Int($0) } ?? fallback
    }
}
