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

    @Test func `a missing rank is named on every rank with those that came`() throws {
        var (all, port) = try configurations(rankCount: 4, timeoutSeconds: 1.5)
        all[3] = nil
        let meeting = try ThreadedMeeting.start(all, port: port)
        let results = try #require(meeting.wait(count: 3))
        #expect((1.4...4).contains(meeting.elapsedSeconds))
        for rank in 0..<3 {
            let error = try #require(results[rank]?.failure)
            #expect(error.code == .missingRank)
            #expect(error.culprit == 3)
            #expect(
                error.message
                    == "rank 3 of 4 never arrived within 1.5 s; arrived: 0, 1, 2")
        }
    }

    @Test func `a rank that has less patience ends the meeting for all in time`() throws {
        var (all, port) = try configurations(rankCount: 3, timeoutSeconds: 20)
        all[2] = nil
        all[1]?.timeoutSeconds = 1
        let meeting = try ThreadedMeeting.start(all, port: port)
        let results = try #require(meeting.wait(count: 2))
        #expect(meeting.elapsedSeconds < 5)
        #expect(results.values.allSatisfy { $0.failure?.code == .missingRank })
    }

    @Test func `two claims to one rank are both named, on every rank`() throws {
        // Rank 2 keeps away, or the others might have met before the second claim comes.
        var (all, port) = try configurations(rankCount: 3)
        all[2] = all[1]
        let meeting = try ThreadedMeeting.start(all, port: port)
        let results = try #require(meeting.wait(count: 3))
        #expect(meeting.elapsedSeconds < 5)
        for result in results.values {
            let error = try #require(result.failure)
            #expect(error.code == .duplicateRank)
            #expect(error.culprit == 1)
            #expect(error.message.components(of: "process \(Host.processIdentifier)") == 2)
        }
    }

    @Test func `a second rank 0 is named`() throws {
        let (all, port) = try configurations(rankCount: 2)
        let meeting = try ThreadedMeeting.start([0: #require(all[0])], port: port)
        let impostor = try HandmadeRank(rank: 0, port: port)
        impostor.register(rank: 0, rankCount: 2)
        let results = try #require(meeting.wait(count: 1))
        #expect(results[0]?.failure?.code == .duplicateRank)
        #expect(results[0]?.failure?.culprit == 0)
    }

    @Test func `another world size is named on every rank`() throws {
        var (all, port) = try configurations(rankCount: 4)
        all[2]?.rankCount = 8
        let meeting = try ThreadedMeeting.start(all, port: port)
        let results = try #require(meeting.wait(count: 4))
        for result in results.values {
            let error = try #require(result.failure)
            #expect(error.code == .rankCountMismatch)
            #expect(error.culprit == 2)
            #expect(error.message.contains("for 8 ranks") && error.message.contains("for 4"))
        }
    }

    @Test func `another library version is named on every rank`() throws {
        var (all, port) = try configurations(rankCount: 3)
        all[1]?.libraryVersion = "0.9"
        let results = try #require(ThreadedMeeting.start(all, port: port).wait(count: 3))
        for result in results.values {
            #expect(result.failure?.code == .versionMismatch)
            #expect(result.failure?.message.contains("0.9") == true)
        }
    }

    @Test(arguments: [
        (BootstrapError.Code.refused, "refused"), (.jobMismatch, "'another'"),
    ])
    func `a rank of no right is refused at once and the others go on waiting`(
        code: BootstrapError.Code, text: String
    ) throws {
        var (all, port) = try configurations(rankCount: 2)
        let stranger =
            code == .refused
            ? try credentials(secret: [UInt8](repeating: 9, count: 32))
            : try credentials(job: "another")
        var wrong = try #require(all[1])
        wrong = JoinConfiguration(
            rank: 1, rankCount: 2, place: wrong.place, credentials: stranger, timeoutSeconds: 20)
        all[7] = wrong
        let right = all.removeValue(forKey: 1)
        let meeting = try ThreadedMeeting.start(all, port: port)
        let refused = try #require(
            meeting.results.wait(until: Deadline(secondsFromNow: 10)) { $0[7] })
        #expect(refused.failure?.code == code)
        #expect(refused.failure?.message.contains(text) == true)
        #expect(meeting.elapsedSeconds < 5)
        let late = try ThreadedMeeting.start([1: #require(right)], port: port)
        #expect(try #require(late.wait(count: 1)).values.allSatisfy { $0.membership != nil })
        #expect(try #require(meeting.wait(count: 2))[0]?.membership != nil)
    }

    @Test func `a process of another epoch is waited out`() throws {
        var (all, port) = try configurations(rankCount: 2, timeoutSeconds: 1)
        all[1]?.epoch = 5
        let results = try #require(ThreadedMeeting.start(all, port: port).wait(count: 2))
        #expect(results[0]?.failure?.code == .missingRank)
        #expect(results[1]?.failure?.code == .unreachable)
        #expect(results[1]?.failure?.message.contains("epoch 5") == true)
    }

    @Test func `a rank that dies before the roster is named on every rank`() throws {
        var (all, port) = try configurations(rankCount: 4)
        all[3] = nil
        all[2] = nil
        let meeting = try ThreadedMeeting.start(all, port: port)
        do {
            let victim = try HandmadeRank(rank: 2, port: port)
            victim.register(rank: 2, rankCount: 4)
            _ = consume victim
        }
        let results = try #require(meeting.wait(count: 2))
        // Also on rank 0, which stays a little to tell rank 3, should it come.
        #expect(meeting.elapsedSeconds < 1.5)
        for result in results.values {
            #expect(result.failure?.code == .rankLost)
            #expect(result.failure?.culprit == 2)
        }
    }

    @Test func `a rank that dies while the roster spreads is named on every rank`() throws {
        // Rank 1 is the parent of ranks 9 and 10: those wait for a roster that never comes.
        var (all, port) = try configurations(rankCount: 11)
        all[1] = nil
        let meeting = try ThreadedMeeting.start(all, port: port)
        do {
            let victim = try HandmadeRank(rank: 1, port: port)
            victim.register(rank: 1, rankCount: 11)
            #expect(try victim.nextFrame()?.kind == .assignment)
        }
        let results = try #require(meeting.wait(count: 10))
        #expect(meeting.elapsedSeconds < 5)
        for result in results.values {
            #expect(result.failure?.code == .rankLost)
            #expect(result.failure?.culprit == 1)
        }
    }

    @Test func `a rank that stops while the roster spreads is named at the deadline`() throws {
        var (all, port) = try configurations(rankCount: 11, timeoutSeconds: 1.5)
        all[1] = nil
        let meeting = try ThreadedMeeting.start(all, port: port)
        let victim = try HandmadeRank(rank: 1, port: port)
        victim.register(rank: 1, rankCount: 11)
        let results = try #require(meeting.wait(count: 10))
        #expect((1.4...5).contains(meeting.elapsedSeconds))
        for result in results.values {
            #expect(result.failure?.culprit == 1)
        }
        _ = consume victim
    }

    @Test func `the end of rank 0 is named`() throws {
        let listener = try Doorkeeper(
            listeningOn: #require(loopback), credentials: credentials(),
            policy: AdmissionPolicy(rank: 0, epoch: 0, meeting: 0))
        let port = listener.address.port
        let configuration = JoinConfiguration(
            rank: 1, rankCount: 2, place: .address(host: "127.0.0.1", port: port),
            credentials: try credentials(), timeoutSeconds: 20)
        let meeting = try ThreadedMeeting.start([1: configuration], port: port)
        var arrivals: [Arrival] = []
        #expect(
            eventually {
                arrivals += listener.progress()
                return !arrivals.isEmpty
            })
        arrivals = []
        let results = try #require(meeting.wait(count: 1))
        #expect(results[1]?.failure?.code == .rankLost)
        #expect(results[1]?.failure?.culprit == 0)
        #expect(meeting.elapsedSeconds < 5)
    }

    @Test func `a loopback address that another host cannot reach is named`() throws {
        let (all, port) = try configurations(rankCount: 2)
        let meeting = try ThreadedMeeting.start([0: #require(all[0])], port: port)
        let far = try HandmadeRank(rank: 1, port: port)
        far.register(
            rank: 1, rankCount: 2,
            host: HostIdentity(bootIdentifier: "elsewhere", processNamespace: 1, hostname: "far"))
        let verdict = try #require(try far.nextFrame())
        #expect(verdict.kind == .verdict)
        let error = try #require(Verdict.error(body: verdict.body, phase: .roster))
        #expect(error.message.contains("loopback"))
        #expect(error.remedy?.contains("MARTLET_INTERFACE") == true)
        _ = consume far
        #expect(try #require(meeting.wait(count: 1))[0]?.failure?.code == .invalidConfiguration)
    }

    @Test func `nonsense from a member ends the meeting by name`() throws {
        let (all, port) = try configurations(rankCount: 2)
        let meeting = try ThreadedMeeting.start([0: #require(all[0])], port: port)
        let rank = try HandmadeRank(rank: 1, port: port)
        rank.link.send(Frame(kind: .registration, body: [1, 2, 3]))
        #expect(
            try #require(meeting.wait(count: 1))[0]?.failure?.code == .protocolViolation)
        _ = consume rank
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
            try MeetingTests().meetAgain()
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

extension String {
    /// How often a text occurs.
    func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
