import Platform
import Testing

@testable import Bootstrap

/// What ends a meeting is told to all who came.
@Suite struct MeetingFailureTests {
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
