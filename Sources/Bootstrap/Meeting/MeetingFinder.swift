internal import Platform

/// Leads a rank to rank 0.
struct MeetingFinder {
    private static let headStartSeconds = 0.2

    let configuration: JoinConfiguration
    let deadline: Deadline

    /// Blocks until rank 0 is reached, has refused, or the deadline has passed.
    func reach() throws(BootstrapError) -> Arrival {
        switch configuration.place {
        case .address(let host, let port):
            let addresses = try NameResolution.resolve(host: host, port: port, deadline: deadline)
            return try race(to: addresses, token: 0, deadline: deadline)
        case .file(let path): return try followFile(path)
        case nil:
            throw BootstrapError(
                .invalidConfiguration, "there is no meeting place", phase: .configuration)
        }
    }

    /// A file of an earlier run leads nowhere, to a stranger, or to a process that refuses its token:
    /// then the file is read again, until rank 0 has replaced it.
    private func followFile(_ path: String) throws(BootstrapError) -> Arrival {
        var lastFailure = "there is no such file"
        var lastError: BootstrapError?
        while !deadline.hasPassed {
            if let file = try MeetingFile.read(path), !file.endpoints.isEmpty {
                let attempt = min(deadline, Deadline(secondsFromNow: 1))
                do {
                    return try race(to: file.endpoints, token: file.token, deadline: attempt)
                } catch {
                    lastFailure = error.message
                    lastError = error
                }
            }
            Thread.sleep(milliseconds: min(20, deadline.remainingMilliseconds))
        }
        throw BootstrapError(
            lastError?.code ?? .unreachable,
            "rank \(configuration.rank) found no meeting through \(path.printable) "
                + "within \(configuration.timeoutSeconds.plain) s: \(lastFailure)",
            phase: .connecting, culprit: 0, peer: lastError?.peer,
            systemCode: lastError?.systemCode,
            remedy: lastError?.remedy
                ?? "check that rank 0 runs and that all ranks see the same file")
    }

    /// Tries the addresses, IPv4 first, each with a head start over the next, so that ranks which can
    /// choose all choose the same; the first that answers wins. A refusal in words ends it; so does
    /// the failure of all.
    private func race(
        to addresses: [SocketAddress], token: UInt64, deadline: Deadline
    ) throws(BootstrapError) -> Arrival {
        let connector = try Connector(credentials: configuration.credentials)
        var waiting = addresses.filter(\.isIPv4) + addresses.filter { !$0.isIPv4 }
        var nextStart = Deadline(nanoseconds: 0)
        var failure: BootstrapError?
        while !connector.isIdle || !waiting.isEmpty {
            if nextStart.hasPassed || connector.isIdle, !waiting.isEmpty {
                nextStart = Deadline(secondsFromNow: Self.headStartSeconds)
                do {
                    _ = try connector.begin(
                        target(waiting.removeFirst(), token), deadline: deadline)
                } catch { failure = error }
            }
            for (_, outcome) in connector.progress() {
                switch outcome {
                case .connected(let arrival): return arrival
                case .failed(let error):
                    failure = error
                    if error.code != .unreachable, error.code != .system { throw error }
                }
            }
            let pause = waiting.isEmpty ? 1000 : nextStart.remainingMilliseconds
            try connector.wait(atMostMilliseconds: pause)
        }
        throw failure
            ?? BootstrapError(.unreachable, "rank 0 has no address", phase: .connecting)
    }

    private func target(_ address: SocketAddress, _ token: UInt64) -> Connector.Target {
        Connector.Target(
            address: address,
            purpose: Purpose(
                .meeting, communicator: token, epoch: configuration.epoch,
                fromRank: configuration.rank, toRank: 0))
    }
}

extension SocketAddress {
    var isIPv4: Bool { addressBytes.count == 4 }
}
