internal import Platform

/// Opens the socket on which rank 0 hosts the meeting.
struct MeetingListener {
    /// An old process of the same job may take a moment to let go of the port.
    static let patienceSeconds = 3.0

    let configuration: JoinConfiguration
    let deadline: Deadline

    func open() throws(BootstrapError) -> FileDescriptor {
        // Nobody visits a rank that is alone, and the way to the job it was started for stays open.
        guard configuration.rankCount > 1 else { return try openAnywhere() }
        if let socket = try configuration.inheritedListener?.take() { return socket }
        switch configuration.place {
        case .address(let host, let port): return try open(host: host, port: port)
        case .file, nil: return try openAnywhere()
        }
    }

    /// Digits are bound as they are. A name may mean different addresses on different hosts (Debian
    /// lets a host's own name mean 127.0.1.1 there): then every address listens.
    private func open(host: String, port: UInt16) throws(BootstrapError) -> FileDescriptor {
        let local = try localAddresses(host: host, port: port)
        try checkTrust(of: local)
        let wanted = try configuration.interface?.address(likeFamilyOf: local)
        let isLiteral = SocketAddress(digits: host, port: port) != nil
        let isElsewhere = wanted.map { $0.addressBytes != local.addressBytes } ?? false
        let isExact = (isLiteral && !isElsewhere) || host == "localhost"
        if isExact || !configuration.credentials.allowsStrangers {
            return try bind(local) { () throws(SystemError) in try StreamSocket.listen(on: local) }
        }
        return try bind(local) { () throws(SystemError) in
            try StreamSocket.listenEverywhere(port: port)
        }
    }

    /// Nobody could get in: better said at once than by every rank that is refused.
    private func checkTrust(of local: SocketAddress) throws(BootstrapError) {
        guard configuration.credentials.allowsStrangers || local.isLoopback else {
            throw BootstrapError(
                .unauthenticated,
                "rank 0 would host the meeting at \(local): \(Credentials.strangerText)",
                phase: .listening, culprit: 0, peer: local, remedy: Credentials.strangerRemedy)
        }
    }

    /// With no address to go by, every address listens, or loopback only where strangers may not in.
    private func openAnywhere() throws(BootstrapError) -> FileDescriptor {
        if let wanted = try configuration.interface?.address(likeFamilyOf: nil) {
            if configuration.rankCount > 1 { try checkTrust(of: wanted) }
            return try bind(wanted) { () throws(SystemError) in
                try StreamSocket.listen(on: wanted.with(port: 0))
            }
        }
        let strangers = configuration.credentials.allowsStrangers && configuration.rankCount > 1
        return try inPhase(.listening) { () throws(SystemError) in
            strangers
                ? try StreamSocket.listenEverywhere(port: 0)
                : try StreamSocket.listen(on: try SocketAddress.loopback(port: 0))
        }
    }

    /// Of the addresses that the name has, the one that is ours.
    private func localAddresses(
        host: String, port: UInt16
    ) throws(BootstrapError) -> SocketAddress {
        let found = try NameResolution.resolve(host: host, port: port, deadline: deadline)
        let own = try inPhase(.listening) { () throws(SystemError) in
            try NetworkInterface.all().map(\.address)
        }
        let bytes = Set(own.map(\.addressBytes))
        let local = found.filter {
            $0.isLoopback || $0.isUnspecified || bytes.contains($0.addressBytes)
        }
        if let address = local.first(where: \.isIPv4) ?? local.first {
            return address
        }
        let hosts = found.map(\.host).joined(separator: ", ")
        throw BootstrapError(
            .invalidConfiguration,
            "rank 0 has to host the meeting at \(host.printable) (\(hosts)), which is not an address "
                + "of this host, \(Host.name)", phase: .listening, culprit: 0, peer: found.first,
            remedy: "start rank 0 on that host, or give rank 0's host as MASTER_ADDR "
                + "or MARTLET_MEETING (this host has \(Set(own.map(\.host)).sorted().joined(separator: ", ")))"
        )
    }

    private func bind(
        _ address: SocketAddress, _ listen: () throws(SystemError) -> FileDescriptor
    ) throws(BootstrapError) -> FileDescriptor {
        let patience = min(deadline, Deadline(secondsFromNow: Self.patienceSeconds))
        while true {
            do throws(SystemError) {
                return try listen()
            } catch {
                guard error.isAddressInUse else {
                    throw BootstrapError(error, phase: .listening, peer: address)
                }
                guard !patience.hasPassed else { throw taken(address, error) }
                Thread.sleep(milliseconds: 20)
            }
        }
    }

    private func taken(_ address: SocketAddress, _ error: SystemError) -> BootstrapError {
        BootstrapError(
            .system, "rank 0 cannot listen on \(address), which another process holds: \(error)",
            phase: .listening, culprit: 0, peer: address, systemCode: error.code,
            remedy: "choose another port as MASTER_PORT or in MARTLET_MEETING")
    }
}

/// Asks the name service without letting it hold up the caller beyond the deadline.
enum NameResolution {
    static func resolve(
        host: String, port: UInt16, deadline: Deadline
    ) throws(BootstrapError) -> [SocketAddress] {
        if let digits = SocketAddress(digits: host, port: port) { return [digits] }
        while true {
            let answer = try ask(host: host, port: port, deadline: deadline)
            let failure: String
            switch answer {
            case .success(let found) where !found.isEmpty: return found
            case .success: failure = "it has no address"
            case .failure(let error): failure = error.description
            case nil: failure = "the name service does not answer"
            }
            guard !deadline.hasPassed else {
                throw BootstrapError(
                    .unreachable, "the host name '\(host.printable)' has no address: \(failure)",
                    phase: .connecting, remedy: "check MASTER_ADDR or MARTLET_MEETING")
            }
            Thread.sleep(milliseconds: 100)
        }
    }

    /// The resolver cannot be interrupted: a thread that outlives the deadline ends by itself.
    private static func ask(
        host: String, port: UInt16, deadline: Deadline
    ) throws(BootstrapError) -> Result<[SocketAddress], SystemError>? {
        let answer = Monitor(nil as Result<[SocketAddress], SystemError>?)
        let thread = try inPhase(.connecting) { () throws(SystemError) in
            try Thread(name: "martlet-names") {
                do throws(SystemError) {
                    let found = try SocketAddress.resolve(host: host, port: port)
                    answer.update { $0 = .success(found) }
                } catch {
                    answer.update { $0 = .failure(error) }
                }
            }
        }
        thread.detach()
        return answer.wait(until: deadline) { $0 }
    }
}
