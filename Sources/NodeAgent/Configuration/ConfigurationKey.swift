/// One key of the configuration: its name, what may stand there, and where the value goes.
package struct ConfigurationKey: Sendable {
    /// `registration.leaseSeconds`
    package let path: String
    /// What is expected, for messages: `a number of seconds from 2 to 3600`.
    package let expectation: String
    package let help: String
    /// Whether SIGHUP is enough to change it.
    package let isReloadable: Bool
    /// A list, written in YAML as one and elsewhere with commas.
    package let isList: Bool
    /// Answers false where the text is not what is expected.
    package let set: @Sendable (inout AgentConfiguration, String) -> Bool
    /// The value as text; nil where there is none.
    package let show: @Sendable (AgentConfiguration) -> String?

    /// `MARTLET_AGENT_REGISTRATION_LEASE_SECONDS`
    package var variable: String {
        var name = "MARTLET_AGENT_"
        for character in path {
            if character == "." {
                name += "_"
            } else {
                if character.isUppercase { name += "_" }
                name += character.uppercased()
            }
        }
        return name
    }

    /// The key of this name.
    package static func named(_ path: String) -> ConfigurationKey? {
        all.first { $0.path == path }
    }

    /// The key that was probably meant.
    static func similar(to path: String) -> String? {
        let ranked = all.map { (path: $0.path, distance: distance($0.path, path)) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }),
            best.distance <= max(2, path.count / 3)
        else { return nil }
        return best.path
    }

    /// Levenshtein's.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.lowercased())
        var row = Array(0...right.count)
        for (index, character) in left.lowercased().enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let above = row[column + 1]
                let cost = right[column] == character ? 0 : 1
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + cost)
                diagonal = above
            }
        }
        return row[right.count]
    }
}

// MARK: - Kinds of values

extension ConfigurationKey {
    /// A value whose text is checked and kept.
    static func text(
        _ path: String, _ field: FieldPath<String>, _ expectation: String, _ help: String,
        reloads: Bool = false, where isValid: @escaping @Sendable (String) -> Bool
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, expectation: expectation, help: help, isReloadable: reloads,
            isList: false,
            set: { configuration, text in
                guard isValid(text) else { return false }
                configuration[keyPath: field] = text
                return true
            }, show: { $0[keyPath: field] })
    }

    /// The same for a value that may be absent: an empty text takes it away.
    static func optionalText(
        _ path: String, _ field: FieldPath<String?>, _ expectation: String, _ help: String,
        reloads: Bool = false, where isValid: @escaping @Sendable (String) -> Bool
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, expectation: expectation, help: help, isReloadable: reloads,
            isList: false,
            set: { configuration, text in
                guard text.isEmpty || isValid(text) else { return false }
                configuration[keyPath: field] = text.isEmpty ? nil : text
                return true
            }, show: { $0[keyPath: field] })
    }

    static func seconds(
        _ path: String, _ field: FieldPath<Double>, _ range: ClosedRange<Double>, _ help: String,
        reloads: Bool = false
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path,
            expectation: "seconds from \(plain(range.lowerBound)) to \(plain(range.upperBound))",
            help: help, isReloadable: reloads, isList: false,
            set: { configuration, text in
                guard let value = Double(text), range.contains(value) else { return false }
                configuration[keyPath: field] = value
                return true
            }, show: { plain($0[keyPath: field]) })
    }

    static func boolean(
        _ path: String, _ field: FieldPath<Bool>, _ help: String,
        reloads: Bool = false
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, expectation: "true or false", help: help, isReloadable: reloads,
            isList: false,
            set: { configuration, text in
                guard let value = Bool(text) else { return false }
                configuration[keyPath: field] = value
                return true
            }, show: { "\($0[keyPath: field])" })
    }

    static func list(
        _ path: String, _ field: FieldPath<[String]>, _ expectation: String, _ help: String,
        reloads: Bool = false, where isValid: @escaping @Sendable (String) -> Bool
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, expectation: expectation, help: help, isReloadable: reloads, isList: true,
            set: { configuration, text in
                let parts = text.split(separator: ",").map { part in
                    String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                }
                guard parts.allSatisfy(isValid) else { return false }
                configuration[keyPath: field] = parts
                return true
            }, show: { $0[keyPath: field].joined(separator: ",") })
    }

    /// Key paths to stored properties of values capture nothing, and so can be shared.
    typealias FieldPath<Value> = any (WritableKeyPath<AgentConfiguration, Value> & Sendable)

    static func plain(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
