internal import Platform

/// Where configuration comes from: the process's environment, or a dictionary in tests.
package struct Environment: Sendable {
    private let lookUp: @Sendable (String) -> String?

    /// The environment of this process.
    package static let process = Environment { Host.environment($0) }

    /// Exactly these variables; empty ones count as unset.
    package init(_ variables: [String: String]) {
        self.init { name in variables[name].flatMap { $0.isEmpty ? nil : $0 } }
    }

    private init(lookUp: @escaping @Sendable (String) -> String?) {
        self.lookUp = lookUp
    }

    /// The same environment with some variables set.
    package func setting(_ variables: [String: String]) -> Environment {
        Environment { name in variables[name] ?? lookUp(name) }
    }

    package subscript(name: String) -> String? { lookUp(name) }

    /// A decimal number inside `range`, nil when the variable is unset.
    package func integer(
        _ name: String, in range: ClosedRange<Int>
    ) throws(BootstrapError) -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .wrong(
                name, text, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    package func boolean(_ name: String) throws(BootstrapError) -> Bool? {
        guard let text = self[name] else { return nil }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default: throw .wrong(name, text, expected: "1 or 0")
        }
    }
}

extension BootstrapError {
    /// A variable whose value cannot be meant: its name, its value, and what would do.
    static func wrong(_ name: String, _ value: String, expected: String) -> BootstrapError {
        BootstrapError(
            .invalidConfiguration,
            "\(name) is '\(value.cut(toByteCount: 200).printable)', expected \(expected)",
            phase: .configuration)
    }
}
