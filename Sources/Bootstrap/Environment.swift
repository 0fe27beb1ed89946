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

    package subscript(name: String) -> String? { lookUp(name) }

    /// A decimal number inside `range`, nil when the variable is unset.
    package func integer(
        _ name: String, in range: ClosedRange<Int>
    ) throws(BootstrapError) -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .wrong(name, text, expected: range.numberText)
        }
        return value
    }

    /// Seconds inside `range`, nil when the variable is unset.
    package func seconds(
        _ name: String, in range: ClosedRange<Double>
    ) throws(BootstrapError) -> Double? {
        guard let text = self[name] else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw .wrong(name, text, expected: range.secondsText)
        }
        return value
    }

    /// Seconds that the program itself gave under the name of an option, else the variable's.
    package func seconds(
        _ given: Double?, _ option: String, else variable: String, in range: ClosedRange<Double>
    ) throws(BootstrapError) -> Double? {
        guard let given else { return try seconds(variable, in: range) }
        guard range.contains(given) else {
            throw .wrong(option: option, "\(given)", expected: range.secondsText)
        }
        return given
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

extension ClosedRange<Int> {
    /// The range for people, in messages about numbers outside of it.
    var numberText: String { "a number from \(lowerBound) to \(upperBound)" }
}

extension ClosedRange<Double> {
    /// The range for people, in messages about times outside of it.
    var secondsText: String {
        "seconds from \(Self.plain(lowerBound)) to \(Self.plain(upperBound))"
    }

    private static func plain(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension BootstrapError {
    /// A variable or option whose value cannot be meant: its name, its value, and what would do.
    package static func wrong(
        _ name: String, _ value: String, expected: String
    ) -> BootstrapError {
        BootstrapError(
            .invalidConfiguration,
            "\(name) is '\(value.cut(toByteCount: 200).printable)', expected \(expected)",
            phase: .configuration)
    }

    /// What a program itself gave, and cannot be meant.
    static func wrong(option: String, _ value: String, expected: String) -> BootstrapError {
        wrong("the option \(option)", value, expected: expected)
    }
}
