/// A configuration, and where each of its values came from.
package struct LoadedConfiguration: Sendable {
    package private(set) var values = AgentConfiguration()
    private var origins: [String: Origin] = [:]

    /// From weak to strong.
    package enum Origin: Sendable, Hashable {
        case builtIn
        case file(path: String, line: Int)
        case environment(String)
        case flag(String)
    }

    package init() {}

    package func origin(of path: String) -> Origin { origins[path] ?? .builtIn }

    /// Reads the file where there is one, then the environment, then the flags; each overrides what
    /// was before.
    ///
    /// - Parameter file: nil for none.
    /// - Parameter flags: by key, with the flag's name.
    /// - Throws: `.configuration`, naming every mistake with its place, one a line.
    package static func load(
        file: (path: String, text: String)?, environment: [String: String],
        flags: [(flag: String, path: String, value: String)]
    ) throws(AgentError) -> LoadedConfiguration {
        var loaded = LoadedConfiguration()
        var mistakes: [String] = []
        if let file {
            let contents = ConfigurationFile(path: file.path, text: file.text)
            mistakes += contents.mistakes
            for entry in contents.entries {
                loaded.set(
                    entry.path, entry.value, .file(path: file.path, line: entry.line), &mistakes)
            }
        }
        for key in ConfigurationKey.all {
            guard let value = environment[key.variable] else { continue }
            loaded.set(key.path, value, .environment(key.variable), &mistakes)
        }
        mistakes += unknownVariables(environment)
        for (flag, path, value) in flags { loaded.set(path, value, .flag(flag), &mistakes) }
        mistakes += loaded.contradictions
        guard mistakes.isEmpty else {
            throw AgentError(.configuration, mistakes.joined(separator: "\n"))
        }
        return loaded
    }

    private mutating func set(
        _ path: String, _ value: String, _ origin: Origin, _ mistakes: inout [String]
    ) {
        guard let key = ConfigurationKey.named(path) else {
            let meant = ConfigurationKey.similar(to: path).map { "; did you mean \($0)?" } ?? ""
            return mistakes.append("\(origin): there is no key \(path)\(meant)")
        }
        guard key.set(&values, value) else {
            return mistakes.append(
                "\(origin): \(path) is \"\(value)\", and should be \(key.expectation)")
        }
        origins[path] = origin
    }

    /// A variable that is misspelt would be ignored in silence.
    private static func unknownVariables(_ environment: [String: String]) -> [String] {
        let known = Set(ConfigurationKey.all.map(\.variable))
        return environment.keys.filter { $0.hasPrefix("MARTLET_AGENT_") && !known.contains($0) }
            .sorted().map { "environment \($0): there is no such variable" }
    }

    /// What each key allows and all of them together do not.
    private var contradictions: [String] {
        var found: [String] = []
        let tls = values.controlPlane
        let files = [tls.certificateFile, tls.keyFile, tls.authorityFile]
        if files.contains(where: { $0 != nil }), files.contains(where: { $0 == nil }) {
            found.append(
                "controlPlane: certificateFile, keyFile and authorityFile come together or not at"
                    + " all")
        }
        if tls.endpoints.isEmpty, !values.controller.enabled {
            found.append("controlPlane.endpoints is empty, and there is no controller")
        }
        let server = values.controller
        let serverFiles = [server.certificateFile, server.keyFile, server.authorityFile]
        if serverFiles.contains(where: { $0 != nil }),
            serverFiles.contains(where: { $0 == nil })
        {
            found.append(
                "controller: certificateFile, keyFile and authorityFile come together or not at all"
            )
        }
        return found
    }

    /// `key: value  # where it came from`, one a line: YAML of one level that names every key.
    package var text: String {
        let rows = ConfigurationKey.all.map { key in
            (left: "\(key.path): \(key.show(values) ?? "")", right: "\(origin(of: key.path))")
        }
        let width = rows.map(\.left.count).max() ?? 0
        return rows.map { row in
            row.left + String(repeating: " ", count: width - row.left.count) + "  # \(row.right)\n"
        }.joined()
    }
}

extension LoadedConfiguration.Origin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let name): "environment \(name)"
        case .flag(let name): "flag \(name)"
        }
    }
}
