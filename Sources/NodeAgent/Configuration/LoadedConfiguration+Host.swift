internal import Platform

extension LoadedConfiguration {
    /// Where the configuration stands unless it is said otherwise.
    package static let defaultPath = "/etc/martlet/agent.yaml"

    /// The configuration of this host: its file, this process's environment, and flags.
    ///
    /// - Parameter path: nil for the usual place, where no file is needed; a file that is named must
    ///   be there.
    package static func ofHost(
        path: String? = nil, flags: [(flag: String, path: String, value: String)] = []
    ) throws(AgentError) -> LoadedConfiguration {
        let file = path ?? defaultPath
        var contents: (path: String, text: String)?
        do {
            let bytes = try FileDescriptor.contents(of: file)
            contents = (file, String(decoding: bytes, as: UTF8.self))
        } catch  where error.isMissingFile && path == nil {
            contents = nil
        } catch {
            throw AgentError(.configuration, "\(error)", systemCode: error.code)
        }
        // Empty variables are as good as none, as everywhere.
        var variables: [String: String] = [:]
        for bytes in Host.environmentEntries {
            let entry = String(decoding: bytes, as: UTF8.self)
            let name = String(entry.prefix { $0 != "=" })
            let value = String(entry.dropFirst(name.count + 1))
            if !value.isEmpty { variables[name] = value }
        }
        return try load(file: contents, environment: variables, flags: flags)
    }
}
