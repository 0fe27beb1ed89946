import CLinux
import Glibc
import Platform
import TestSupport
import Testing

@testable import Liveness

extension LoopbackTests {
    /// Real processes that are killed, stopped and starved, over loopback.
    @Suite struct ProcessFailureTests {
        private func seconds(_ failure: ProbeRank.Failure, since start: UInt64) -> Double {
            (Double(failure.nanoseconds) - Double(start)) / 1e9
        }

        private func expectOneCause(
            _ ranks: [ProbeRank], code: String, culprit: Int?, since start: UInt64,
            within limit: Double
        ) throws {
            for rank in ranks {
                let failure = try rank.failure()
                #expect(failure.code == code && failure.culprit == culprit, "\(failure)")
                let taken = seconds(failure, since: start)
                #expect(taken <= limit, "rank \(rank.rank) took \(taken) s")
            }
        }

        @Test(arguments: 0..<4)
        func `a killed rank is named by all others within a second`(victim: Int) throws {
            let world = try ProbeWorld(rankCount: 4)
            for rank in world.ranks { try rank.ask("enter 1", expecting: "ok") }
            let start = Clock.nowNanoseconds()
            world.ranks[victim].kill(SIGKILL)
            let others = world.others(than: victim)
            for rank in others { try rank.tell("suspect \(victim)") }
            try expectOneCause(others, code: "peerLost", culprit: victim, since: start, within: 1)
        }

        @Test(arguments: [0, 2, 4])
        func `a rank that ends before it has connected is named by all`(victim: Int) throws {
            let start = Clock.nowNanoseconds()
            let ranks = try ProbeWorld.begin(rankCount: 5) { rank in
                rank == victim ? ["PROBE_ENDS_AFTER_MEETING": "1"] : [:]
            }
            for rank in ranks where rank.rank != victim {
                let line = try rank.expect("error ")
                #expect(line.contains("rank \(victim) was lost while the ranks joined"), "\(line)")
            }
            // The meeting and a second; not the half minute that the ranks had for it.
            #expect(Clock.nowNanoseconds() - start < 10_000_000_000)
        }

        @Test func `a death is noticed although nobody reads standard error`() throws {
            let (reader, writer) = try DescriptorPair.pipe()
            let filler = [UInt8](repeating: 0x78, count: 4096)
            let now = Deadline(nanoseconds: 0)
            while try StreamSocket.wait(writer, for: Int32(POLLOUT), until: now) {
                let count = filler.withUnsafeBytes { FileDescriptor.write(writer, $0) }
                try check(count, "fill the pipe")
            }
            defer {
                FileDescriptor.close(reader)
                FileDescriptor.close(writer)
            }
            let world = try ProbeWorld(
                rankCount: 4, ["MARTLET_LOG": "debug"], standardError: writer)
            let start = try world.ranks[2].killAndAwaitEnd()
            try expectOneCause(
                world.others(than: 2), code: "peerLost", culprit: 2, since: start, within: 1)
        }

        @Test func `survivors that exit at once are not taken for culprits`() throws {
            // A sparse graph, so that some hear of the death from others only.
            let world = try ProbeWorld(rankCount: 12, ["PROBE_EXITS": "1"])
            let start = Clock.nowNanoseconds()
            world.ranks[5].kill(SIGKILL)
            try expectOneCause(
                world.others(than: 5), code: "peerLost", culprit: 5, since: start, within: 1)
        }

        @Test func `a killed rank whose forked child lives is lost all the same`() throws {
            let world = try ProbeWorld(rankCount: 3)
            let words = try world.ranks[1].ask("fork", expecting: "child").split(separator: " ")
            let child = try #require(words.last.flatMap { pid_t($0) })
            let start = Clock.nowNanoseconds()
            world.ranks[1].kill(SIGKILL)
            try expectOneCause(
                world.others(than: 1), code: "peerLost", culprit: 1, since: start, within: 1)
            #expect(Glibc.kill(child, 0) == 0)
            Glibc.kill(child, SIGKILL)
        }

        @Test func `an abort reaches all within a tenth of a second`() throws {
            let world = try ProbeWorld(rankCount: 4)
            let start = Clock.nowNanoseconds()
            try world.ranks[2].tell("abort")
            try expectOneCause(
                world.ranks, code: "aborted", culprit: nil, since: start, within: 0.1)
        }

        @Test func `a stopped rank is named at the deadline, with its last operation`() throws {
            let world = try ProbeWorld(rankCount: 4)
            for rank in world.ranks { try rank.ask("enter 3", expecting: "ok") }
            // Until a heartbeat has told the others that rank 2 is in #3, the answer would be older.
            let neighbour = world.ranks[0]
            let known = Deadline(secondsFromNow: 0.6)
            while !known.hasPassed { try neighbour.ask("summary", expecting: "ok") }
            world.ranks[2].kill(SIGSTOP)
            // A thread that runs on another core may still answer before it stops.
            Thread.sleep(milliseconds: 50)
            let start = Clock.nowNanoseconds()
            for rank in world.others(than: 2) { try rank.tell("inquest 3") }
            for rank in world.others(than: 2) {
                let failure = try rank.failure()
                #expect(failure.code == "timedOut" && failure.culprit == 2, "\(failure)")
                #expect(failure.message.contains("operation #3"), "\(failure)")
                #expect(seconds(failure, since: start) <= 1)
            }
            // Once it goes on, it learns the same.
            world.ranks[2].kill(SIGCONT)
            #expect(try world.ranks[2].failure().culprit == 2)
        }

        @Test func `a stop without a deadline is silence, and no failure`() throws {
            let world = try ProbeWorld(rankCount: 3, ["PROBE_SILENCE_SECONDS": "1"])
            world.ranks[1].kill(SIGSTOP)
            let deadline = Deadline(secondsFromNow: 20)
            var lines: [String] = []
            while !deadline.hasPassed, lines.isEmpty {
                try world.ranks[0].tell("summary")
                try world.ranks[0].expect("ok")
                if let line = try? world.ranks[0].expect("silent ranks: [1]", seconds: 0) {
                    lines.append(line)
                }
            }
            #expect(!lines.isEmpty)
            for rank in [0, 2] {
                #expect(try world.ranks[rank].isSilent(about: "failed"))
            }
            world.ranks[1].kill(SIGCONT)
            for rank in world.ranks { try rank.ask("leave", expecting: "left") }
            for rank in world.ranks { #expect(try rank.isSilent(about: "failed")) }
        }

        @Test func `leaving gives descriptors and threads back and fails nobody`() throws {
            let world = try ProbeWorld(rankCount: 5)
            for rank in world.ranks { try rank.tell("leave") }
            for rank in world.ranks { try rank.expect("left") }
            for rank in world.ranks {
                let before = try rank.ask("before", expecting: "descriptors")
                let after = try rank.ask("after", expecting: "descriptors")
                let counts = [before, after].map { line in
                    line.split(separator: " ").compactMap { Int($0) }
                }
                // The membership's doorkeeper (a socket, a set and a reserve) goes; the status keeps
                // its event, and the reporter its thread.
                #expect(counts[1][0] <= counts[0][0], "rank \(rank.rank): \(before), then \(after)")
                let threadLimit = counts[0][1] + 1 + SanitizerOptions.threadCount
                #expect(
                    counts[1][1] <= threadLimit, "rank \(rank.rank): \(before), then \(after)")
                #expect(try rank.isSilent(about: "failed"))
            }
        }

        @Test func `a goodbye is no failure until an operation needs who left`() throws {
            let world = try ProbeWorld(rankCount: 3)
            for rank in world.ranks {
                try rank.ask("enter 1", expecting: "ok")
                try rank.ask("complete 1", expecting: "ok")
            }
            try world.ranks[2].ask("leave", expecting: "left")
            world.ranks[2].kill(SIGKILL)
            try world.ranks[0].ask("summary", expecting: "ok")
            #expect(try world.ranks[0].isSilent(about: "failed"))
            let start = Clock.nowNanoseconds()
            try world.ranks[0].tell("enter 2")
            try expectOneCause(
                world.others(than: 2), code: "peerLeft", culprit: 2, since: start, within: 1)
        }

        @Test func `spinning threads on all processors do not starve the service`() throws {
            let world = try ProbeWorld(rankCount: 4)
            for rank in world.ranks {
                try rank.ask("spin \(2 * Host.usableProcessorCount)", expecting: "ok")
            }
            // The threads of a killed process need processor time to end, and only then has it died.
            let start = try world.ranks[3].killAndAwaitEnd()
            try expectOneCause(
                world.others(than: 3), code: "peerLost", culprit: 3, since: start, within: 1)
        }
    }
}
