/// A value to write as JSON: objects keep their order.
package indirect enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    case string(String)
    case integer(Int)
    /// Infinities and NaN, which JSON does not have, become null.
    case number(Double)
    case array([JSONValue])
    case object([(String, JSONValue)])
    /// A value that is JSON already.
    case written(String)

    /// An object without the members that are nil.
    package static func present(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(members.compactMap { name, value in value.map { (name, $0) } })
    }

    /// Indented by two spaces.
    package var text: String { text(indent: "") }

    private func text(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .array(let values) where !values.isEmpty:
            let lines = values.map { inner + $0.text(indent: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map { "\(inner)\(Self.quote($0)): \($1.text(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        default: return line
        }
    }

    /// Without spaces and line breaks, save those that `written` brings.
    package var line: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .string(let text): Self.quote(text)
        case .integer(let value): String(value)
        case .number(let value): value.isFinite ? "\(value)" : "null"
        case .array(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(Self.quote($0)):\($1.line)" }.joined(separator: ",") + "}"
        case .written(let json): json
        }
    }

    private static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
