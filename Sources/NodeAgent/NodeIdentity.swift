internal import Crypto
internal import Platform

/// Who this node is: its id, this boot, this process.
package struct NodeIdentity: Sendable, Hashable {
    package var nodeId: String
    package var bootId: String
    /// Drawn at random for this process.
    package var instance: String
    package var hostname: String

    /// - Parameter configured: the configuration's `nodeId`.
    /// - Throws: when the node has no id and none can be kept.
    package static func find(
        configured: String?, in directory: StateDirectory
    ) throws(AgentError) -> NodeIdentity {
        NodeIdentity(
            nodeId: try id(configured, in: directory), bootId: try bootId(),
            instance: String(hexadecimal: Host.randomBytes(16)), hostname: Host.name)
    }

    /// The same without a state directory, for those who only look.
    static func passing(configured: String?) throws(AgentError) -> NodeIdentity {
        let id: String
        if let configured { id = configured } else { id = try derived() }
        return NodeIdentity(
            nodeId: id, bootId: try bootId(), instance: "", hostname: Host.name)
    }

    private static func id(
        _ configured: String?, in directory: StateDirectory
    ) throws(AgentError) -> String {
        if let configured { return configured }
        return try directory.nodeId()
    }

    /// The variable names another file, for tests of several "machines" under one kernel.
    private static func bootId() throws(AgentError) -> String {
        let path =
            Host.environment("MARTLET_TEST_BOOT_ID_FILE") ?? "/proc/sys/kernel/random/boot_id"
        guard let text = HostFiles().text(path) else {
            throw AgentError(.system, "the boot's id cannot be read from \(path)")
        }
        return text
    }

    /// Derived from this machine's id.
    static func derived() throws(AgentError) -> String {
        guard let machineId = HostFiles().text("/etc/machine-id"), machineId.count >= 32 else {
            throw AgentError(
                .configuration, "this machine has no id: /etc/machine-id is missing or empty",
                remedy: "run systemd-machine-id-setup, or set nodeId")
        }
        return derived(fromMachineId: machineId)
    }

    /// A name for the machine that does not give its id away: HMAC-SHA-256 of a text of ours under
    /// the machine's id, of which 16 bytes are kept.
    package static func derived(fromMachineId machineId: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("martlet node id, version 1".utf8),
            using: SymmetricKey(data: Array(machineId.utf8)))
        return String(hexadecimal: Array(code.prefix(16)))
    }
}

extension StateDirectory {
    /// The id that this machine has used before; else one derived from its machine id, which is
    /// kept from then on, so that a machine stays the same node.
    func nodeId() throws(AgentError) -> String {
        let file = "\(path)/node-id"
        if let kept = HostFiles().text(file) { return kept }
        let id = try NodeIdentity.derived()
        do {
            try FileDescriptor.replaceContents(of: file, with: Array("\(id)\n".utf8), mode: 0o600)
        } catch {
            throw AgentError(.system, "\(error)", systemCode: error.code)
        }
        return id
    }
}
