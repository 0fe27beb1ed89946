/// The machine id, which a node's id is made of where the configuration names none: two machines
/// with the same one are one node to the control plane.
struct MachineIdentity: Sendable {
    static let path = "/etc/machine-id"

    /// The file's text; nil when it cannot be read, for this reason.
    var text: String?
    var problem: String?
    /// Whether the agent was told that another machine has this node's id.
    var isRefused: Bool

    init(_ files: HostFiles, isRefused: Bool) {
        self.isRefused = isRefused
        do {
            text = try files.contents(Self.path)
        } catch {
            problem = error.evidence(Self.path)
        }
    }
}

extension MachineIdentity {
    private static let remedy =
        "on every machine that was cloned, remove \(path) and /var/lib/dbus/machine-id, run "
        + "'systemd-machine-id-setup' and restart the agent (images should have an empty file); or "
        + "set the node's id in the agent's configuration"

    var findings: [Finding] {
        if isRefused {
            return [
                .error(
                    .machineId, "another machine that still answers has this node's id",
                    ["the agent's state: refused"], remedy: Self.remedy)
            ]
        }
        guard let text else {
            return [
                .error(.machineId, "there is none", [problem ?? Self.path], remedy: Self.remedy)
            ]
        }
        if let flaw {
            // The id itself is confidential: machine-id(5).
            return [.error(.machineId, flaw, ["\(Self.path): \(shown(text))"], remedy: Self.remedy)]
        }
        return [.ok(.machineId, "present", ["\(Self.path): 32 hexadecimal digits"])]
    }

    /// What is wrong with the text, by what machine-id(5) asks of it.
    private var flaw: String? {
        guard let text else { return nil }
        if text.isEmpty { return "it is empty" }
        if text == "uninitialized" { return "it is not initialised" }
        let isValid =
            text.utf8.count == 32
            && text.allSatisfy { $0.isASCII && $0.isHexDigit && !$0.isUppercase }
        if !isValid { return "it is not 32 hexadecimal digits in lower case" }
        if Set(text).count == 1 { return "it is the same digit over and over" }
        return Self.published.contains(text) ? "it is one that many machines have" : nil
    }

    private func shown(_ text: String) -> String {
        text.isEmpty ? "empty" : "'\(text.prefix(40))'"
    }

    /// Shared on purpose by all installations of Whonix and Kicksecure, and copied by others who
    /// want to be one of many.
    static let published: Set<String> = ["b08dfa6083e7567a1921a715000001fb"]
}
