import Testing

import Platform
import SharedMemoryTransport
import Synchronization
import TCPTransport
import Transport

@testable import Collectives

/// Links on this host between all pairs of some ranks of one process. Each rank's links are used by
/// that rank's thread alone.
struct LoopbackMesh: @unchecked Sendable {
    enum Transport: CaseIterable {
        case tcp, shm
    }

    /// `owners[rank][peer]`, nil on the diagonal.
    var owners: [[(any LinkOwner)?]]

    init(rankCount: Int, over transport: Transport = .tcp) throws {
        owners = Array(
            repeating: Array(repeating: nil, count: rankCount), count: rankCount)
        let listener = try StreamSocket.listen(
            on: try #require(SocketAddress(digits: "127.0.0.1", port: 0)))
        let address = try StreamSocket.localAddress(listener.rawValue)
        for low in 0..<rankCount {
            for high in low + 1..<max(rankCount, low + 1) {
                let connecting = try StreamSocket.connect(to: address)
                _ = try StreamSocket.wait(
                    listener.rawValue, for: 1, until: Deadline(secondsFromNow: 5))
                guard let accepted = try StreamSocket.accept(listener.rawValue) else { continue }
                switch transport {
                case .tcp:
                    owners[low][high] = try TCPLink(socket: accepted, timeoutSeconds: 5)
                    owners[high][low] = try TCPLink(socket: connecting, timeoutSeconds: 5)
                case .shm:
                    let other = try HalfPair(connecting)
                    owners[low][high] = try HalfPair.link(over: accepted)
                    owners[high][low] = try other.link()
                }
            }
        }
    }

    func attach(to executor: inout Executor, rank: Int) {
        for (peer, owner) in owners[rank].enumerated() {
            if let owner { executor.attach(owner.link, to: peer) }
        }
    }
}
