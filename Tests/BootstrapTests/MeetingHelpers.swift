import CLinux
import Platform
import Testing

@testable import Bootstrap

typealias JoinResult = Result<Membership, BootstrapError>

/// Ranks as threads, which meet through an inherited listener unless configured otherwise.
struct ThreadedMeeting {
    let port: UInt16
    let results: Monitor<[Int: JoinResult]>
    let startedAt = Clock.nowNanoseconds()

    /// Starts one thread per configuration; keys name them in the answer.
    static func start(
        _ configurations: [Int: JoinConfiguration], port: UInt16
    ) throws -> ThreadedMeeting {
        let meeting = ThreadedMeeting(port: port, results: Monitor([:]))
        for (key, configuration) in configurations {
            let results = meeting.results
            try Thread(name: "rank \(key)") {
                do throws(BootstrapError) {
                    let membership = try Meeting.join(configuration)
                    results.update { $0[key] = .success(membership) }
                } catch {
                    results.update { $0[key] = .failure(error) }
                }
            }.detach()
        }
        return meeting
    }

    /// What every one of `count` threads got; nil when one has not ended in time.
    func wait(count: Int, seconds: Double = 30) -> [Int: JoinResult]? {
        results.wait(until: Deadline(secondsFromNow: seconds)) { $0.count == count ? $0 : nil }
    }

    var elapsedSeconds: Double { Double(Clock.nowNanoseconds() - startedAt) / 1e9 }
}

/// Configurations of all ranks, with rank 0 listening already.
func configurations(
    rankCount: Int, timeoutSeconds: Double = 20, host: String = "127.0.0.1"
) throws -> (all: [Int: JoinConfiguration], port: UInt16) {
    let address = try #require(SocketAddress(digits: host, port: 0))
    let listener = try StreamSocket.listen(on: address)
    let port = try StreamSocket.localAddress(listener.rawValue).port
    var all: [Int: JoinConfiguration] = [:]
    for rank in 0..<rankCount {
        all[rank] = JoinConfiguration(
            rank: rank, rankCount: rankCount, place: .address(host: host, port: port),
            credentials: try credentials(), timeoutSeconds: timeoutSeconds)
    }
    all[0]?.inheritedListener = InheritedListener(listener.release())
    return (all, port)
}

extension JoinResult {
    var failure: BootstrapError? {
        if case .failure(let error) = self { error } else { nil }
    }
    var membership: Membership? { try? get() }
}

/// A rank made by hand, which does as far as the test wants what a rank does.
final class HandmadeRank {
    let link: FrameLink

    init(rank: Int, port: UInt16, epoch: UInt32 = 0) throws {
        let socket = try Connector.connect(
            to: #require(SocketAddress(digits: "127.0.0.1", port: port)),
            purpose: Purpose(.meeting, epoch: epoch, fromRank: rank, toRank: 0),
            credentials: credentials(), deadline: Deadline(secondsFromNow: 10))
        link = FrameLink(socket: socket, bodyLimit: 1 << 20)
    }

    func register(
        rank: Int, rankCount: Int, version: String = martletVersion, host: HostIdentity = .current
    ) {
        link.send(
            Registration(
                rankCount: rankCount, patienceMilliseconds: 20_000, libraryVersion: version,
                member: Member(
                    rank: rank,
                    endpoint: SocketAddress(digits: "127.0.0.1", port: 9)
                        ?? SocketAddress(
                            storage: sockaddr_storage(), length: 0),
                    host: host, processIdentifier: 7, processors: .usable)
            ).frame)
    }

    /// The next frame; nil when none comes within ten seconds.
    func nextFrame() throws -> Frame? {
        let deadline = Deadline(secondsFromNow: 10)
        while true {
            switch link.receive() {
            case .frame(let frame): return frame
            case .ended: return nil
            case .nothing:
                guard
                    try StreamSocket.wait(
                        link.rawValue, for: Int32(POLLIN), until: deadline)
                else { return nil }
            }
        }
    }
}
