package import Platform

/// What every rank knows of each rank once the meeting is over.
package struct Member: Sendable, Hashable {
    package static let capabilityByteLimit = 256

    package var rank: Int
    /// Where its listening socket is reached.
    package var endpoint: SocketAddress
    package var host: HostIdentity
    package var processIdentifier: Int32
    /// The processors that the process may run on.
    package var processors: ProcessorSet
    /// What the layers above wish to tell each other at join; at most `capabilityByteLimit` bytes.
    package var capabilities: [UInt8]

    package init(
        rank: Int, endpoint: SocketAddress, host: HostIdentity, processIdentifier: Int32,
        processors: ProcessorSet, capabilities: [UInt8] = []
    ) {
        self.rank = rank
        self.endpoint = endpoint
        self.host = host
        self.processIdentifier = processIdentifier
        self.processors = processors
        self.capabilities = capabilities
    }

    /// Processors that the process may run on; at least one.
    package var processorCount: Int { max(1, processors.count) }

    /// The member as an operator would look for it.
    package var place: String {
        "\(endpoint), process \(processIdentifier) on \(host.hostname.printable)"
    }
}

extension Member {
    static let hostnameByteLimit = 255
    static let bootIdentifierByteLimit = 64
    /// An upper bound of what `append(member:)` appends.
    static let byteLimit =
        47 + 8 * ProcessorSet.wordLimit + hostnameByteLimit + bootIdentifierByteLimit
        + capabilityByteLimit
}

extension [UInt8] {
    /// Everything but the rank, which the context gives.
    mutating func append(member: Member) {
        append(endpoint: member.endpoint)
        append(littleEndian: UInt32(bitPattern: member.processIdentifier))
        append(processors: member.processors)
        append(littleEndian: member.host.processNamespace)
        append(text: member.host.bootIdentifier, limit: Member.bootIdentifierByteLimit)
        append(text: member.host.hostname, limit: Member.hostnameByteLimit)
        append(littleEndian: UInt16(member.capabilities.count))
        append(contentsOf: member.capabilities)
    }

    /// The number of words, and the words, of 64 processors each.
    private mutating func append(processors: ProcessorSet) {
        append(UInt8(processors.words.count))
        for word in processors.words { append(littleEndian: word) }
    }

    /// The size of the address (4 or 16), the address in network order, the port.
    mutating func append(endpoint: SocketAddress) {
        let bytes = endpoint.addressBytes
        append(UInt8(bytes.count))
        append(contentsOf: bytes)
        append(littleEndian: endpoint.port)
    }
}

extension ByteReader {
    mutating func readMember(rank: Int) -> Member? {
        guard let endpoint = readEndpoint(), let process = read(UInt32.self),
            let processors = readProcessors(), let namespace = read(UInt64.self),
            let boot = readText(limit: Member.bootIdentifierByteLimit),
            let hostname = readText(limit: Member.hostnameByteLimit),
            let capabilityByteCount = read(UInt16.self),
            capabilityByteCount <= Member.capabilityByteLimit,
            let capabilities = readBytes(count: Int(capabilityByteCount))
        else { return nil }
        return Member(
            rank: rank, endpoint: endpoint,
            host: HostIdentity(
                bootIdentifier: boot, processNamespace: namespace, hostname: hostname),
            processIdentifier: Int32(bitPattern: process), processors: processors,
            capabilities: capabilities)
    }

    private mutating func readProcessors() -> ProcessorSet? {
        guard let count = read(UInt8.self), count <= ProcessorSet.wordLimit else { return nil }
        var words: [UInt64] = []
        for _ in 0..<count {
            guard let word = read(UInt64.self) else { return nil }
            words.append(word)
        }
        return ProcessorSet(words: words)
    }

    mutating func readEndpoint() -> SocketAddress? {
        guard let count = read(UInt8.self), let bytes = readBytes(count: Int(count)),
            let port = read(UInt16.self)
        else { return nil }
        return SocketAddress(addressBytes: bytes, port: port)
    }
}
