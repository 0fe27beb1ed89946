/// The text that Prometheus reads: version 0.0.4 of its exposition format.
struct MetricPage: Sendable {
    static let prefix = "martlet_"

    private let input: MetricInput

    init(_ input: MetricInput) {
        self.input = input
    }

    var text: String { Metric.catalogue.map(block).joined() }

    /// HELP and TYPE also where there is no sample now: whoever reads learns what there could be.
    private func block(_ metric: Metric) -> String {
        let name = Self.prefix + metric.name
        var text = "# HELP \(name) \(Self.escaped(metric.help, quotes: false))\n"
        text += "# TYPE \(name) \(metric.kind.rawValue)\n"
        for sample in metric.samples(input) {
            text += "\(name)\(Self.labels(sample.labels)) \(Self.number(sample.value))\n"
        }
        return text
    }

    private static func labels(_ labels: [(name: String, value: String)]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
