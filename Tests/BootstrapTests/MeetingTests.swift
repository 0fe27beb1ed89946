import CLinux
import Platform
import Testing

@testable import Bootstrap

@Suite struct MeetingTests {
    @Test(arguments: [1, 2, 3, 8, 17])
    func `all ranks hold the same roster`(rankCount: Int) throws {
        let (all, port) = try configurations(rankCount: rankCount)
        let meeting = try ThreadedMeeting.start(all, port: port)
        let results = try #require(meeting.wait(count: rankCount))
        let memberships = try (0..<rankCount).map { try #require(results[$0]).get() }
        for (rank, membership) in memberships.enumerated() {
            #expect(membership.rank == rank)
            #expect(membership.rankCount == rankCount)
            #expect(membership.roster == memberships[0].roster)
            #expect(membership.roster[rank].endpoint == membership.doorkeeper.address)
            #expect(membership.roster[rank].processIdentifier == Host.processIdentifier)
            #expect(membership.ranksOnHost(of: rank) == Array(0..<rankCount))
            #expect(membership.ranksByHost == [Array(0..<rankCount)])
            #expect(membership.localRank == rank)
        }
        #expect(Set(memberships[0].roster.map(\.endpoint)).count == rankCount)
    }

    @Test func `members reach each other through their doorkeepers afterwards`() throws {
        let (all, port) = try configurations(rankCount: 3)
        let meeting = try ThreadedMeeting.start(all, port: port)
        let results = try #require(meeting.wait(count: 3))
        let caller = try #require(results[2]).get()
        let callee = try #require(results[1]).get()
        let endpoint = caller.roster[1].endpoint
        let side = try credentials()
        let thread = try Thread(name: "caller") {
            _ = try? Connector.connect(
                to: endpoint, purpose: Purpose(.data, fromRank: 2, toRank: 1), credentials: side,
                deadline: Deadline(secondsFromNow: 10))
        }
        var arrivals: [Arrival] = []
        #expect(
            eventually {
                arrivals += callee.doorkeeper.progress()
                return !arrivals.isEmpty
            })
        thread.join()
        #expect(arrivals.map(\.purpose.fromRank) == [2])
    }

    @Test func `capabilities reach every rank`() throws {
        var (all, port) = try configurations(rankCount: 3)
        for rank in 0..<3 { all[rank]?.capabilities = [UInt8(rank), 7] }
        let results = try #require(ThreadedMeeting.start(all, port: port).wait(count: 3))
        for result in results.values {
            #expect(try result.get().roster.map(\.capabilities) == [[0, 7], [1, 7], [2, 7]])
        }
    }

    @Test func `ranks meet over IPv6`() throws {
        guard (try? StreamSocket.listen(on: #require(SocketAddress(digits: "::1", port: 0)))) != nil
        else { return }
        let (all, port) = try configurations(rankCount: 3, host: "::1")
        let results = try #require(ThreadedMeeting.start(all, port: port).wait(count: 3))
        for result in results.values {
            #expect(try result.get().roster.allSatisfy { $0.endpoint.family == AF_INET6 })
        }
    }

    @Test func `rank 0 without a host to answer from is told where it is`() throws {
        let configuration = JoinConfiguration(
            rank: 0, rankCount: 2, place: .address(host: "198.51.100.77", port: 29_500),
            credentials: try credentials(), timeoutSeconds: 5)
        let error = #expect(throws: BootstrapError.self) { _ = try Meeting.join(configuration) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("198.51.100.77") == true)
        #expect(error?.remedy?.contains("127.0.0.1") == true)
    }

    @Test func `rank 0 does not open a meeting that nobody may enter`() throws {
        let outside = try NetworkInterface.all().first {
            $0.isUp && !$0.address.isLoopback && !$0.address.isLinkLocal
        }
        // A host without any network has nothing to protect here.
        guard let outside else { return }
        let configuration = JoinConfiguration(
            rank: 0, rankCount: 2,
            place: .address(host: outside.address.host, port: try freePort()),
            credentials: try credentials(secret: nil), timeoutSeconds: 20)
        let started = Clock.nowNanoseconds()
        let error = #expect(throws: BootstrapError.self) { _ = try Meeting.join(configuration) }
        #expect(error?.code == .unauthenticated)
        #expect(error?.remedy?.contains("MARTLET_ALLOW_UNAUTHENTICATED=1") == true)
        #expect(Clock.nowNanoseconds() - started < 5_000_000_000)
    }

    @Test func `an unreachable rank 0 is named with address and reason`() throws {
        let port = try freePort()
        let configuration = JoinConfiguration(
            rank: 1, rankCount: 2, place: .address(host: "127.0.0.1", port: port),
            credentials: try credentials(), timeoutSeconds: 0.5)
        let error = #expect(throws: BootstrapError.self) { _ = try Meeting.join(configuration) }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("127.0.0.1:\(port)") == true)
        #expect(error?.systemCode == ECONNREFUSED)
    }

    @Test func `an inherited listener serves one meeting, later ones meet at its address`() async {
        // In a process of its own, for nobody else may take the descriptor's number.
        await #expect(processExitsWith: .success) {
            recordingErrors(MeetingTests().meetAgain)
        }
    }

    private func meetAgain() throws {
        let (all, port) = try configurations(rankCount: 2)
        let number = try #require(all[0]?.inheritedListener).rawValue
        var outsiders: [FileDescriptorBox] = []
        for round in 0..<3 {
            let results = try #require(ThreadedMeeting.start(all, port: port).wait(count: 2))
            for result in results.values {
                #expect(result.failure == nil)
                result.membership?.doorkeeper.close()
            }
            // The number is somebody else's from now on, who listens too.
            while round == 0, outsiders.last?.descriptor.rawValue != number, outsiders.count < 64 {
                outsiders.append(
                    FileDescriptorBox(try StreamSocket.listen(on: #require(loopback))))
            }
        }
        #expect(outsiders.last?.descriptor.rawValue == number)
        let address = try StreamSocket.localAddress(number)
        #expect(address.port != port)
    }

    @Test func `the environment's listener is one for the whole process`() throws {
        let environment = Environment([
            "MARTLET_LISTEN_FD": "40000", "RANK": "0", "WORLD_SIZE": "2",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(try freePort())",
            "MARTLET_JOB_SECRET": String(repeating: "5a", count: 32),
        ])
        let first = try JoinConfiguration.fromEnvironment(environment)
        let second = try JoinConfiguration.fromEnvironment(environment)
        #expect(first.inheritedListener === second.inheritedListener)
        #expect(first.inheritedListener?.isAvailable == true)
        // Only a meeting with others takes it: a rank that is alone leaves it be.
        var alone = first
        (alone.rank, alone.rankCount) = (0, 1)
        _ = try Meeting.join(alone)
        #expect(first.inheritedListener?.isAvailable == true)
    }

    /// Arrays hold no noncopyable values.
    private final class FileDescriptorBox {
        let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }

    @Test func `nothing is left open after a meeting`() async {
        await #expect(processExitsWith: .success) {
            let before = Host.openDescriptorCount
            for _ in 0..<6 {
                var (all, port) = try configurations(rankCount: 9, timeoutSeconds: 5)
                let good = try #require(ThreadedMeeting.start(all, port: port).wait(count: 9))
                #expect(good.values.allSatisfy { $0.membership != nil })
                (all, port) = try configurations(rankCount: 9, timeoutSeconds: 0.3)
                all[8] = nil
                _ = try #require(ThreadedMeeting.start(all, port: port).wait(count: 8))
            }
            // Dispatch opens an epoll, an event and a timer descriptor whenever it first likes.
            #expect(eventually { Host.openDescriptorCount <= before + 3 })
        }
    }
}
