import Glibc
import Platform
import TestSupport
import Testing

@testable import MartletCLI

/// Signals on their way to real ranks, and processes that must not outlive a job.
@Suite(.serialized) struct LaunchSignalTests {
    @Test(arguments: [
        ("HUP", SIGHUP), ("TERM", SIGTERM), ("INT", SIGINT), ("QUIT", SIGQUIT), ("USR1", SIGUSR1),
        ("USR2", SIGUSR2), ("WINCH", SIGWINCH),
    ])
    func `a signal reaches every rank`(name: String, number: Int32) throws {
        let script = "trap 'echo got; exit 0' \(name); echo ready; while :; do sleep 0.01; done"
        let job = try RunningCommand.launched(3, script)
        try job.waitForLines(3, containing: "ready")
        job.send(number)
        let result = try job.finish()
        #expect(result.lines.count { $0.hasSuffix("got") } == 3)
        #expect(result.status == 0)
    }

    @Test func `ranks that an interruption kills give its status`() throws {
        let job = try RunningCommand.launched(2, "echo ready; exec sleep 100")
        try job.waitForLines(2, containing: "ready")
        job.send(SIGINT)
        #expect(try job.finish().status == 128 + SIGINT)
    }

    @Test func `the second interruption kills ranks that ignored the first`() throws {
        let script = "trap 'echo ignored' INT; echo ready; while :; do sleep 0.01; done"
        let job = try RunningCommand.launched(2, script)
        try job.waitForLines(2, containing: "ready")
        job.send(SIGINT)
        try job.waitForLines(2, containing: "ignored")
        job.send(SIGINT)
        let result = try job.finish(withinSeconds: 5)
        #expect(result.status == 130)
        #expect(result.error.contains("killing all ranks"))
    }

    @Test func `a stopped job stops its ranks and both go on together`() throws {
        let job = try RunningCommand.launched(2, "echo $$; exec sleep 2")
        let ranks = try Self.identifiers(2, of: job)
        job.send(SIGTSTP)
        let all = ranks + [job.identifier]
        #expect(eventually { all.allSatisfy { Processes.state(of: $0) == "T" } })
        job.send(SIGCONT)
        #expect(eventually { all.allSatisfy { Processes.state(of: $0) != "T" } })
        #expect(try job.finish().status == 0)
    }

    /// A rank, a child of it, and a daemon that left its session and lost its parent.
    private static let family = """
        sleep 1000 & echo $!
        setsid sh -c 'trap "" TERM HUP; sleep 1000 & echo $!; echo $$; wait' &
        sh -c 'setsid sleep 1000 >/dev/null 2>&1 & echo $!'
        echo $$; wait; sleep 1000
        """

    /// What the ranks say to be their processes.
    private static func identifiers(_ count: Int, of job: RunningCommand) throws -> [Int32] {
        #expect(eventually { job.text.split(separator: "\n").count >= count })
        return job.text.split(separator: "\n").compactMap { $0.split(separator: " ").last }
            .compactMap { Int32($0) }
    }

    @Test func `nothing outlives a launcher that is killed`() throws {
        let job = try RunningCommand.launched(3, Self.family)
        let all = try Self.identifiers(15, of: job)
        #expect(all.count == 15)
        #expect(all.allSatisfy { !Processes.hasEnded($0) })
        job.send(SIGKILL)
        #expect(eventually(withinSeconds: 5) { all.allSatisfy(Processes.hasEnded) })
        #expect(try job.finish().status == 137)
    }

    @Test func `nothing outlives a warden that is killed, and the launcher says so`() throws {
        let job = try RunningCommand.launched(2, Self.family)
        let all = try Self.identifiers(10, of: job)
        let warden = try #require(Processes.children(of: job.identifier).first)
        kill(warden, SIGKILL)
        let result = try job.finish(withinSeconds: 8)
        #expect(all.allSatisfy(Processes.hasEnded))
        #expect(result.status == 137)
        #expect(result.error.contains("the warden process was killed by signal 9 (SIGKILL)"))
    }

    @Test func `nothing outlives a failed job`() throws {
        let job = try RunningCommand.launched(
            2, "if [ $RANK = 1 ]; then read x; exit 4; fi; \(Self.family)",
            options: ["--stdin-to", "0"])
        let result = try job.finish()
        let all = result.lines.compactMap { $0.split(separator: " ").last.flatMap { Int32($0) } }
        #expect(result.status == 4)
        #expect(all.allSatisfy(Processes.hasEnded))
    }

    @Test func `what ranks leave behind when they end well is ended and said`() throws {
        let job = try RunningCommand.launched(
            2, "setsid sh -c 'sleep 1000 & echo $!; wait' & sleep 0.3; exit 0")
        let result = try job.finish(withinSeconds: 10)
        let left = result.lines.compactMap { $0.split(separator: " ").last.flatMap { Int32($0) } }
        #expect(left.count == 2)
        #expect(left.allSatisfy(Processes.hasEnded))
        #expect(result.status == 0)
        #expect(result.error.contains("ended 4 processes that the ranks had left behind"))
    }

    @Test func `a launcher whose parent ignores the end of children sees them end`() throws {
        let script = "trap '' CHLD; exec \(RunningCommand.program) launch -n 2 -- sh -c 'exit 5'"
        let result = try RunningCommand.launched(1, script).finish()
        #expect(result.status == 5)
        #expect(result.error.contains("exited with status 5"))
    }

    @Test func `a job ignores what its launcher was told to ignore`() throws {
        let directory = try TemporaryDirectory()
        let script = """
            trap '' HUP; exec \(RunningCommand.program) launch -n 1 -- \
            sh -c 'echo $$ > \(directory.path)/pid; sleep 0.5; echo survived'
            """
        let job = try RunningCommand.launched(1, script)
        #expect(eventually { (try? directory.contents(of: "pid"))?.isEmpty == false })
        job.send(SIGHUP)
        let result = try job.finish()
        #expect(result.output.contains("survived"))
    }
}
