import Bootstrap
import CLinux
import Platform
import Testing

@testable import Liveness

extension LoopbackTests {
    /// The service over loopback, all ranks in this process.
    @Suite struct LivenessServiceTests {
        @Test(arguments: [1, 2, 5, 9, 20])
        func `all ranks connect, and leave`(rankCount: Int) throws {
            let world = try ThreadedWorld(rankCount: rankCount)
            for service in world.services {
                let degree = Neighbourhood(worldSize: rankCount).degree
                let line = service.summary.first ?? ""
                #expect(line.contains("\(degree) of \(degree) neighbours connected"), "\(line)")
            }
            try world.leave()
            for status in world.statuses { #expect(!status.isAborted) }
        }

        @Test func `an abort anywhere reaches every rank of the communicator alone`() throws {
            let world = try ThreadedWorld(rankCount: 12)
            let members = [11, 2, 7]
            let own = try members.map { rank in
                let status = CommunicatorStatus(wake: try EventDescriptor())
                world.services[rank].register(
                    communicator: 99, memberWorldRanks: members, status: status)
                return status
            }
            world.services[7].abort(
                communicator: 99,
                cause: AbortCause(
                    code: .system, culprit: 0, message: "no descriptor", errorNumber: EMFILE))
            let deadline = Deadline(secondsFromNow: 20)
            for status in own {
                #expect(
                    try StreamSocket.wait(
                        status.wakeDescriptor, for: Int32(POLLIN), until: deadline))
                #expect(status.cause?.culprit == 0 && status.cause?.origin == 2)
                #expect(status.cause?.message == "no descriptor")
                #expect(status.cause?.errorNumber == EMFILE)
            }
            for status in world.statuses { #expect(!status.isAborted) }
            try world.leave()
        }

        @Test func `both ends of a broken data link name one culprit`() throws {
            let world = try ThreadedWorld(rankCount: 10)
            world.services[3].suspect(communicator: 1, rank: 8, errorNumber: ECONNRESET)
            world.services[8].suspect(communicator: 1, rank: 3, errorNumber: ECONNRESET)
            let causes = try world.causes(Array(0..<10))
            // By the lowest rank that saw it 8 is to blame; by the other, should the lowest get no
            // processor for the fifth of a second that it is waited for, 3.
            #expect([[8], [3]].contains(Set(causes.map(\.culprit))))
            #expect(Set(causes.map(\.message)).count == 1)
            #expect(causes.allSatisfy { $0.errorNumber == ECONNRESET })
            #expect(causes[0].code == .peerLost)
            #expect(
                causes[0].message.contains("although its process answers"), "\(causes[0].message)")
            try world.leave()
        }

        @Test func `a late rank is found among real threads`() throws {
            let world = try ThreadedWorld(rankCount: 9)
            for rank in 0..<9 {
                world.statuses[rank].enter(1, header: HeaderWords(1, 0, 0, 0))
                world.statuses[rank].complete(1)
                if rank != 4 { world.statuses[rank].enter(2, header: HeaderWords(2, 0, 0, 0)) }
            }
            let start = Clock.nowNanoseconds()
            for rank in 0..<9 where rank != 4 {
                world.services[rank].inquest(communicator: 1, sequence: 2, heard: [])
            }
            let causes = try world.causes(Array(0..<9))
            #expect(Clock.nowNanoseconds() - start < 1_000_000_000)
            #expect(Set(causes.map(\.culprit)) == [4])
            #expect(causes[0].message.contains("rank 4"), "\(causes[0].message)")
            #expect(causes[0].message.contains("late: it last entered operation #1"))
            try world.leave()
        }

        @Test func `data connections find whom they are for, early or late`() throws {
            let world = try ThreadedWorld(rankCount: 3)
            let deadline = Deadline(secondsFromNow: 30)
            try send("early", in: world, from: 2, to: 0, index: 5, deadline)
            let early = try world.services[0].awaitLink(
                communicator: 1, fromRank: 2, index: 5, deadline: deadline)
            #expect(try text(early, deadline) == "early")
            let received = Monitor<String?>(nil)
            let services = world.services
            try Thread(name: "waiter") {
                let link = try? services[1].awaitLink(
                    communicator: 1, fromRank: 2, deadline: deadline)
                guard let link else { return }
                let said = try? text(link, deadline)
                received.update { $0 = said ?? "" }
            }.detach()
            try send("late", in: world, from: 2, to: 1, index: 0, deadline)
            #expect(received.wait(until: deadline) { $0 } == "late")
            try world.leave()
        }

        @Test func `waiting for a connection ends with the communicator`() throws {
            let world = try ThreadedWorld(rankCount: 2)
            let services = world.services
            let outcome = Monitor<BootstrapError?>(nil)
            try Thread(name: "waiter") {
                do throws(BootstrapError) {
                    _ = try services[0].awaitLink(
                        communicator: 1, fromRank: 1, deadline: Deadline(secondsFromNow: 60))
                } catch { outcome.update { $0 = error } }
            }.detach()
            world.services[1].abort(
                communicator: 1, cause: AbortCause(code: .aborted, culprit: 1, message: "enough"))
            let error = outcome.wait(until: Deadline(secondsFromNow: 20)) { $0 }
            #expect(error?.message == "enough" && error?.culprit == 1)
            try world.leave()
            #expect(throws: BootstrapError.self) {
                _ = try services[0].awaitLink(
                    communicator: 1, fromRank: 1, deadline: Deadline(secondsFromNow: 60))
            }
        }

        @Test func `connections for nobody do not stay, and their openers see it`() throws {
            let world = try ThreadedWorld(rankCount: 2)
            let deadline = Deadline(secondsFromNow: 30)
            let membership = world.services[1].membership
            // The last is the same as another, and takes its place.
            let targets = (Array(0..<20) + [3]).map { index in
                Connector.Target(
                    address: membership.roster[0].endpoint,
                    purpose: Purpose(
                        .data, communicator: 55, epoch: membership.epoch, fromRank: 1, toRank: 0,
                        index: index))
            }
            let arrivals = try Connector.connectAll(
                targets, credentials: membership.credentials, deadline: deadline)
            let sockets = arrivals.compactMap { $0.take()?.release() }
            defer { for socket in sockets { FileDescriptor.close(socket) } }
            let shared = world.services[0].shared
            let count = shared.wait(until: deadline) { shared in
                shared.waiting.count == 20 ? shared.waiting.count : nil
            }
            #expect(count == 20 && sockets.count == 21)
            let soon = Clock.nowNanoseconds() + 30_000_000_000
            #expect(shared.update { $0.dropStrangers(now: soon) } > soon)
            #expect(shared.update { $0.waiting.count } == 20)
            #expect(shared.update { $0.dropStrangers(now: soon + 31_000_000_000) } == .max)
            for socket in sockets {
                #expect(try StreamSocket.wait(socket, for: Int32(POLLIN), until: deadline))
                let rest = try StreamSocket.receive(socket, limit: 8)
                #expect(rest?.isEmpty == true)
            }
            try world.leave()
        }

        @Test func `a connection that its opener gave up is not handed out`() throws {
            let world = try ThreadedWorld(rankCount: 2)
            let deadline = Deadline(secondsFromNow: 30)
            let membership = world.services[1].membership
            let target = Connector.Target(
                address: membership.roster[0].endpoint,
                purpose: Purpose(
                    .data, communicator: 1, epoch: membership.epoch, fromRank: 1, toRank: 0))
            var stale = try Connector.connectAll(
                [target], credentials: membership.credentials, deadline: deadline)
            let shared = world.services[0].shared
            #expect(shared.wait(until: deadline) { $0.waiting.isEmpty ? nil : true } == true)
            stale = []
            #expect(stale.isEmpty)
            #expect(throws: BootstrapError.self) {
                _ = try world.services[0].awaitLink(
                    communicator: 1, fromRank: 1, deadline: Deadline(secondsFromNow: 0.3))
            }
            try send("again", in: world, from: 1, to: 0, index: 0, deadline)
            let fresh = try world.services[0].awaitLink(
                communicator: 1, fromRank: 1, deadline: deadline)
            #expect(try text(fresh, deadline) == "again")
            try world.leave()
        }

        @Test func `a rank that never starts is named by those that wait for it`() throws {
            let world = try ThreadedWorld(rankCount: 3, start: false)
            try ThreadedWorld.together(Array(0..<2)) { rank in
                do throws(BootstrapError) {
                    try world.services[rank].start(deadline: Deadline(secondsFromNow: 1))
                    Issue.record("rank \(rank) started without rank 2")
                } catch {
                    #expect(error.culprit == 2, "\(error)")
                }
            }
            try world.leave()
        }

        @Test func `what is registered fails when its process leaves`() throws {
            let world = try ThreadedWorld(rankCount: 2)
            world.services[0].leave(deadline: Deadline(secondsFromNow: 5))
            #expect(world.statuses[0].cause?.phase == .leaving)
            let late = CommunicatorStatus(wake: nil)
            world.services[0].register(communicator: 3, memberWorldRanks: [0], status: late)
            #expect(late.isAborted)
            world.services[1].leave(deadline: Deadline(secondsFromNow: 5))
        }

        @Test func `a child of fork is told whose communicator it is`() throws {
            let world = try ThreadedWorld(rankCount: 2)
            let (status, service) = (world.statuses[0], world.services[0])
            let child = clinux_fork()
            if child == 0 {
                let isForeign = status.isAborted && status.cause == .foreign
                service.abort(communicator: 1, cause: AbortCause(code: .aborted, message: "child"))
                service.leave(deadline: .never)
                _exit(isForeign ? 0 : 1)
            }
            var result: Int32 = 0
            waitpid(child, &result, 0)
            #expect(result == 0)
            for status in world.statuses { #expect(!status.isAborted) }
            // The parent's connections work on.
            world.services[0].abort(
                communicator: 1, cause: AbortCause(code: .aborted, message: "parent"))
            #expect(try world.causes([0, 1]).map(\.message) == ["parent", "parent"])
            try world.leave()
        }

        private func send(
            _ text: String, in world: ThreadedWorld, from: Int, to: Int, index: Int,
            communicator: UInt64 = 1, _ deadline: Deadline
        ) throws {
            let membership = world.services[from].membership
            let target = Connector.Target(
                address: membership.roster[to].endpoint,
                purpose: Purpose(
                    .data, communicator: communicator, epoch: membership.epoch, fromRank: from,
                    toRank: to, index: index))
            let arrivals = try Connector.connectAll(
                [target], credentials: membership.credentials, deadline: deadline)
            guard let socket = arrivals.first?.take() else {
                Issue.record("no connection")
                return
            }
            let sent = try StreamSocket.send(socket.rawValue, bytes: Array(text.utf8)[...])
            #expect(sent == text.utf8.count)
        }
    }
}

private func text(_ socket: borrowing FileDescriptor, _ deadline: Deadline) throws -> String {
    var all: [UInt8] = []
    while try StreamSocket.wait(socket.rawValue, for: Int32(POLLIN), until: deadline) {
        let bytes = try StreamSocket.receive(socket.rawValue, limit: 64) ?? []
        if bytes.isEmpty { break }
        all += bytes
    }
    return String(decoding: all, as: UTF8.self)
}
