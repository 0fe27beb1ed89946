internal import Platform

/// What must outlive the agent: who it was, and under which number.
///
/// One process at a time has the directory; a second one is refused.
package final class StateDirectory: Sendable {
    package let path: String
    private let lock: FileLock

    /// Makes the directory where it is missing, but not its parents.
    package init(path: String) throws(AgentError) {
        self.path = path
        do {
            if (try? FilePath(path).kind()) == nil {
                try FilePath(path).makeDirectory(mode: 0o700)
            }
            lock = try FileLock(path: "\(path)/agent.lock")
        } catch  where error.isWouldBlock {
            throw AgentError(
                .system, "another agent uses \(path)", systemCode: error.code,
                remedy: "stop it, or give this one another stateDirectory")
        } catch {
            throw AgentError(
                .system, "\(error)", systemCode: error.code,
                remedy: "make \(path) and give it to the agent's user")
        }
    }

    /// The process before this one; nil when there was none, or nothing useful is left of it.
    package func predecessor() -> Registration.Predecessor? {
        guard let bytes = try? FileDescriptor.contents(of: file) else { return nil }
        return try? CanonicalJSON.decode(Registration.Predecessor.self, from: bytes)
    }

    package func remember(_ predecessor: Registration.Predecessor) throws(AgentError) {
        try write(predecessor, to: file)
    }

    /// The devices that the agent before this one knew; nil when there was none, or nothing useful is
    /// left of it.
    package func devices() -> DeviceMemory? {
        guard let bytes = try? FileDescriptor.contents(of: devicesFile) else { return nil }
        return try? CanonicalJSON.decode(DeviceMemory.self, from: bytes)
    }

    package func remember(_ devices: DeviceMemory) throws(AgentError) {
        try write(devices, to: devicesFile)
    }

    private func write(_ value: some Encodable, to file: String) throws(AgentError) {
        let bytes = try CanonicalJSON.encode(value) + [0x0a]
        do {
            try FileDescriptor.replaceContents(of: file, with: bytes, mode: 0o600)
        } catch {
            throw AgentError(.system, "\(error)", systemCode: error.code)
        }
    }

    private var file: String { "\(path)/incarnation.json" }
    private var devicesFile: String { "\(path)/devices.json" }
}
