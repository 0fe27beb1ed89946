package import Platform

/// The network over which a rank wants to be reached: an interface's name or a network in CIDR form.
package struct InterfaceChoice: Sendable, Hashable {
    package let text: String
    /// Who chose, for messages.
    package let source: String
    private let network: Network?

    private struct Network: Hashable {
        var addressBytes: [UInt8]
        var prefixBitCount: Int

        func contains(_ bytes: [UInt8]) -> Bool {
            guard bytes.count == addressBytes.count else { return false }
            return bytes.indices.allSatisfy { index in
                let bitCount = min(max(prefixBitCount - 8 * index, 0), 8)
                let mask = UInt8(truncatingIfNeeded: 0xff00 >> bitCount)
                return bytes[index] & mask == addressBytes[index] & mask
            }
        }
    }

    /// nil for a text with a slash that is no network.
    package init?(_ text: String, source: String = "MARTLET_INTERFACE") {
        self.text = text
        self.source = source
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1 else {
            network = nil
            guard !text.isEmpty, text.utf8.count < 16 else { return nil }
            return
        }
        guard parts.count == 2, let address = SocketAddress(digits: String(parts[0]), port: 0),
            let bitCount = Int(parts[1]), (0...8 * address.addressBytes.count).contains(bitCount)
        else { return nil }
        network = Network(addressBytes: address.addressBytes, prefixBitCount: bitCount)
    }

    /// This host's address there, of the wanted family where there is one.
    package func address(
        likeFamilyOf model: SocketAddress?
    ) throws(BootstrapError) -> SocketAddress {
        let all = try inPhase(.configuration) { () throws(SystemError) in
            try NetworkInterface.all()
        }
        let fitting = all.filter { $0.isUp && !$0.address.isLinkLocal && matches($0) }
        let best = fitting.first { $0.address.family == model?.family } ?? fitting.first
        guard let best else {
            let known = Set(all.filter(\.isUp).map { "\($0.name) \($0.address.host)" }).sorted()
            throw .wrong(
                source, text,
                expected: "an interface that is up, or a network, of this host, which has: "
                    + known.joined(separator: ", "))
        }
        return best.address
    }

    private func matches(_ interface: NetworkInterface) -> Bool {
        guard let network else { return interface.name == text }
        return network.contains(interface.address.addressBytes)
    }
}
