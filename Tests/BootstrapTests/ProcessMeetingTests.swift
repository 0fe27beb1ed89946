import Glibc
import Platform
import TestSupport
import Testing

@testable import Bootstrap

/// Meetings of real processes, which are killed and stopped.
@Suite(.serialized) struct ProcessMeetingTests {
    private static let jobSecret = String(repeating: "5a", count: 32)

    private static func variables(
        rank: Int, rankCount: Int, _ extra: [String: String]
    ) -> [String: String] {
        [
            "RANK": "\(rank)", "WORLD_SIZE": "\(rankCount)", "MARTLET_JOB": "test",
            "MARTLET_JOB_SECRET": jobSecret, "SWIFT_BACKTRACE": "enable=no",
            "PATH": "/usr/bin:/bin",
        ].merging(extra) { $1 }
    }

    private static func start(
        ranks: [Int], of rankCount: Int, directory: String, _ extra: [String: String]
    ) throws -> [Int: ProbeProcess] {
        var processes: [Int: ProbeProcess] = [:]
        for rank in ranks {
            processes[rank] = try ProbeProcess(
                variables(rank: rank, rankCount: rankCount, extra), directory: directory,
                name: "\(rank)")
        }
        return processes
    }

    private static func place(port: UInt16) -> [String: String] {
        ["MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)"]
    }

    /// The roster's digests; one when all hold the same.
    private static func digests(_ processes: some Sequence<ProbeProcess>) -> Set<Substring> {
        Set(processes.map { $0.output.split(separator: "roster ").last ?? "none" })
    }

    private static func expectJoined(_ processes: [Int: ProbeProcess]) throws {
        let deadline = Deadline(secondsFromNow: 120)
        for (rank, process) in processes {
            let code = try process.wait(until: deadline)
            #expect(code == 0, "rank \(rank): \(process.output)\(process.errors)")
            #expect(process.output.hasPrefix("joined \(rank) of"))
        }
        #expect(digests(processes.values).count == 1)
    }

    /// By themselves they take less than three seconds; here other tests crowd the caches too.
    @Test func `256 processes meet within seconds of this machine's time`() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path
        let clock = QuietClock()
        let processes = try Self.start(
            ranks: Array(0..<256), of: 256, directory: directory,
            Self.place(port: freePort()).merging(["MARTLET_TIMEOUT_SECONDS": "120"]) { $1 })
        let deadline = Deadline(secondsFromNow: 120)
        for process in processes.values { _ = try process.wait(until: deadline) }
        let own = processes.values.map(\.processorSeconds).reduce(0, +)
        let seconds = clock.seconds(own: own)
        print("256 processes: \(clock.wallSeconds) s, \(own) s of processors, net \(seconds) s")
        try Self.expectJoined(processes)
        #expect(seconds < 5)
    }

    @Test func `a killed rank is named on every rank at once`() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path
        // Rank 3 keeps away, so that the meeting is still on when rank 2 is killed.
        let processes = try Self.start(
            ranks: [0, 1, 2], of: 4, directory: directory,
            Self.place(port: freePort()).merging(["MARTLET_LOG": "debug"]) { $1 })
        let host = try #require(processes[0])
        #expect(
            eventually(within: 20) {
                host.errors.contains("rank 1 registered")
                    && host.errors.contains("rank 2 registered")
            })
        let started = Clock.nowNanoseconds()
        processes[2]?.kill(SIGKILL)
        let deadline = Deadline(secondsFromNow: 15)
        for rank in [0, 1] {
            let process = try #require(processes[rank])
            #expect(try process.wait(until: deadline) == 1)
            #expect(process.output.contains("rank 2 "))
            #expect(process.output.contains("was lost during the meeting"))
        }
        #expect(Clock.nowNanoseconds() - started < 5_000_000_000)
    }

    @Test func `the kill of rank 0 is named on every rank at once`() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path
        let processes = try Self.start(
            ranks: [0, 1, 2], of: 4, directory: directory,
            Self.place(port: freePort()).merging(["MARTLET_LOG": "debug"]) { $1 })
        let host = try #require(processes[0])
        #expect(
            eventually(within: 20) {
                host.errors.contains("rank 1 registered")
                    && host.errors.contains("rank 2 registered")
            })
        host.kill(SIGKILL)
        let deadline = Deadline(secondsFromNow: 10)
        for rank in [1, 2] {
            let process = try #require(processes[rank])
            #expect(try process.wait(until: deadline) == 1)
            #expect(process.output.contains("rank 0, which hosts the meeting, was lost"))
        }
    }

    @Test func `a stopped rank is named on every other rank at the deadline`() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path
        let extra = Self.place(port: try freePort()).merging(
            ["MARTLET_LOG": "debug", "MARTLET_TIMEOUT_SECONDS": "4"]) { $1 }
        var processes = try Self.start(
            ranks: [0, 1], of: 3, directory: directory, extra)
        let host = try #require(processes[0])
        #expect(eventually(within: 20) { host.errors.contains("rank 1 registered") })
        processes[1]?.kill(SIGSTOP)
        processes.merge(
            try Self.start(ranks: [2], of: 3, directory: directory, extra)
        ) { $1 }
        let deadline = Deadline(secondsFromNow: 20)
        for rank in [0, 2] {
            let process = try #require(processes[rank])
            #expect(try process.wait(until: deadline) == 1)
            #expect(process.output.contains("rank 1 of 3 arrived but did not answer"))
        }
    }

    @Test func `ranks meet through a listener that rank 0 inherits`() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path
        let listener = try StreamSocket.listen(on: #require(loopback))
        let address = try StreamSocket.localAddress(listener.rawValue)
        let meeting = ["MARTLET_MEETING": "\(address)"]
        var processes = try Self.start(
            ranks: [1, 2], of: 3, directory: directory, meeting)
        processes[0] = try ProbeProcess(
            Self.variables(
                rank: 0, rankCount: 3, meeting.merging(["MARTLET_LISTEN_FD": "9"]) { $1 }),
            directory: directory, name: "0", listener: listener.rawValue)
        try Self.expectJoined(processes)
    }

    @Test func `ranks meet through a file although an old one lies there`() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path
        let path = "\(directory)/meeting"
        // One endpoint where nobody listens, one where a process of the job hosts nothing.
        let other = try RunningDoorkeeper(
            credentials: Credentials(
                job: "test", secret: [UInt8](repeating: 0x5a, count: 32)),
            policy: AdmissionPolicy(rank: 0, epoch: 0))
        defer { other.stop() }
        let dead = try #require(loopback).with(port: freePort())
        try MeetingFile(token: 77, endpoints: [dead, other.address]).write(path)
        let meeting = ["MARTLET_MEETING": "file:\(path)"]
        var processes = try Self.start(
            ranks: [1, 2, 3], of: 4, directory: directory, meeting)
        #expect(
            eventually(within: 20) { other.state.update { $0.refusalCount } > 0 },
            "nobody believed the old file")
        processes.merge(
            try Self.start(ranks: [0], of: 4, directory: directory, meeting)
        ) { $1 }
        try Self.expectJoined(processes)
        #expect(access(path, F_OK) != 0, "the file is still there")
    }
}
