internal import Platform

/// Tells hosts, and the process namespaces on them, apart.
package struct HostIdentity: Sendable, Hashable {
    /// Differs between machines and between boots of one machine.
    package var bootIdentifier: String
    /// Processes of one namespace see each other's process identifiers.
    package var processNamespace: UInt64
    package var hostname: String

    package init(bootIdentifier: String, processNamespace: UInt64, hostname: String) {
        self.bootIdentifier = bootIdentifier
        self.processNamespace = processNamespace
        self.hostname = hostname
    }

    /// That of this process.
    package static var current: HostIdentity {
        HostIdentity(
            bootIdentifier: Host.bootIdentifier.cut(toByteCount: Member.bootIdentifierByteLimit),
            processNamespace: Host.processNamespace,
            hostname: Host.name.cut(toByteCount: Member.hostnameByteLimit))
    }

    /// Whether processes there run on the same kernel and see each other. Unknown counts as no.
    package func isSameHost(as other: HostIdentity) -> Bool {
        !bootIdentifier.isEmpty && processNamespace != 0
            && bootIdentifier == other.bootIdentifier
            && processNamespace == other.processNamespace
    }
}
