import Glibc
import Platform
import TestSupport
import Testing

@testable import MartletCLI

/// Real ranks that fail, hang, or were never there.
@Suite(.serialized) struct LaunchFailureTests {
    @Test func `the first failure is named and the rest is ended within two seconds`() throws {
        let job = try RunningCommand.launched(
            4, "echo ready; [ $RANK = 2 ] && { sleep 0.2; kill -9 $$; }; sleep 100")
        try job.waitForLines(4, containing: "ready")
        let took = try seconds {
            let result = try job.finish()
            #expect(result.status == 137)
            let line = try #require(result.errorLines.first)
            #expect(line.hasPrefix("martlet launch: rank 2 (pid "))
            #expect(line.hasSuffix("was killed by signal 9 (SIGKILL); ending the other ranks"))
            #expect(result.errorLines.count == 1)
        }
        #expect(took < 2.2)
    }

    @Test(arguments: [1, 7, 255]) func `the job ends with the first failure's status`(
        status: Int32
    ) throws {
        let result = try RunningCommand.launched(
            3, "[ $RANK = 1 ] && exit \(status); sleep 100"
        ).finish()
        #expect(result.status == status)
        #expect(result.error.contains("rank 1 (pid "))
        #expect(result.error.contains("exited with status \(status); ending the other ranks"))
    }

    @Test func `ranks that ignore SIGTERM or are stopped are killed in time`() throws {
        let script = """
            trap '' TERM; echo ready
            case $RANK in 0) sleep 0.3; exit 3;; 1) kill -STOP $$;; esac
            while :; do sleep 100; done
            """
        let job = try RunningCommand.launched(3, script)
        try job.waitForLines(3, containing: "ready")
        let took = try seconds {
            let result = try job.finish()
            #expect(result.status == 3)
            #expect(result.error.contains("ranks 1, 2 did not end within 1.2 s of SIGTERM"))
        }
        #expect(took < 2.3)
    }

    @Test func `the last words of a failing rank come before its name`() throws {
        let directory = try TemporaryDirectory()
        let both = try FileDescriptor.open(
            "\(directory.path)/both", flags: O_WRONLY | O_CREAT | O_APPEND)
        let script = "[ $RANK = 1 ] && { echo why >&2; exit 2; }; sleep 100"
        let job = try RunningCommand(
            ["launch", "-n", "2", "--", "/bin/sh", "-c", script], output: both.rawValue,
            error: both.rawValue)
        #expect(try job.finish().status == 2)
        let lines = try directory.contents(of: "both").split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first == "[1] why")
        #expect(lines.last?.hasPrefix("martlet launch: rank 1") == true)
    }

    @Test func `a command that cannot be run is said once`() throws {
        let cases: [(String, Int32, String)] = [
            ("no-such-command", 127, "no such command in PATH"),
            ("/no/such/file", 127, "No such file or directory"),
            ("/etc/passwd", 126, "it is not executable"), ("/tmp", 126, "it is a directory"),
        ]
        for (command, status, words) in cases {
            let result = try RunningCommand.finished(["launch", "-n", "8", "--", command])
            #expect(result.status == status)
            #expect(result.errorLines.count == 1)
            #expect(result.error.contains(words))
            #expect(result.error.contains(command))
        }
    }

    @Test func `a script whose interpreter is missing is said once`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/script"
        let file = try FileDescriptor.open(path, flags: O_WRONLY | O_CREAT, mode: 0o755)
        let text = Array("#!/no/such/interpreter\n".utf8)
        _ = text.withUnsafeBytes { FileDescriptor.write(file.rawValue, $0) }
        FileDescriptor.close(file.release())
        let result = try RunningCommand.finished(["launch", "-n", "8", "--", path])
        #expect(result.status == 127)
        #expect(result.errorLines.count == 1)
        #expect(result.error.contains("could not be started: execve: No such file"))
    }

    @Test func `a job ends at its time-out`() throws {
        let took = try seconds {
            let result = try RunningCommand.launched(
                2, "sleep 100", options: ["--timeout", "0.3"]
            ).finish()
            #expect(result.status == 124)
            #expect(result.error.contains("did not end within 0.3 s; ending all ranks"))
        }
        #expect(took < 2.5)
    }

    @Test func `wrong options get one line that says what was expected`() throws {
        let cases: [([String], String)] = [
            (["-n", "0", "--", "ls"], "expected a whole number from 1 to 4096"),
            (["-n", "x", "--", "ls"], "expected a whole number from 1 to 4096"),
            (["--", "ls"], "--ranks"), (["-n", "2"], "expected the command to run"),
            (["-n", "2", "--bogus"], "unknown option '--bogus'"),
            (["-n", "2", "-x", "=1", "--", "ls"], "expected NAME=VALUE"),
            (["-n", "2", "-x", "RANK=1", "--", "ls"], "the launcher sets RANK itself"),
            (["-n", "2", "--timeout", "0", "--", "ls"], "expected a number of seconds above 0"),
            (["-n", "2", "--stdin-to", "2", "--", "ls"], "expects a rank below 2"),
            (["-n", "2", "--bind", "socket", "--", "ls"], "'none' and 'core'"),
        ]
        for (arguments, words) in cases {
            let result = try RunningCommand.finished(["launch"] + arguments)
            #expect(result.status == 64)
            #expect(result.errorLines.count == 1)
            #expect(result.error.contains(words))
        }
    }

    @Test func `256 ranks run and end quickly`() throws {
        let took = try seconds {
            let result = try RunningCommand.finished(
                ["launch", "-n", "256", "--", "/bin/echo", "x"])
            #expect(result.status == 0)
            #expect(result.lines.count == 256)
        }
        // A loaded machine is given more than the part of a second that it takes.
        #expect(took < 5)
    }

    @Test func `a full disk is said and the job goes on`() throws {
        let full = try FileDescriptor.open("/dev/full", flags: O_WRONLY)
        let job = try RunningCommand(
            ["launch", "-n", "2", "--", "/bin/sh", "-c", "echo lost; exit 0"],
            output: full.rawValue)
        let result = try job.finish()
        #expect(result.status == 1)
        #expect(result.errorLines.count == 1)
        #expect(result.error.contains("cannot write standard output: No space left on device"))
    }

    @Test func `a reader that goes away ends the job`() throws {
        let (reader, writer) = try DescriptorPair.pipe()
        FileDescriptor.close(reader)
        let job = try RunningCommand(
            ["launch", "-n", "2", "--", "/bin/sh", "-c", "while :; do echo y; sleep 0.01; done"],
            output: writer)
        FileDescriptor.close(writer)
        let result = try job.finish()
        #expect(result.status == 128 + SIGPIPE)
        #expect(result.errorLines.count == 1)
    }

    @Test func `a flood against a slow reader is held back and not stored`() throws {
        let (reader, writer) = try DescriptorPair.pipe()
        defer { FileDescriptor.close(reader) }
        let job = try RunningCommand(
            [
                "launch", "-n", "4", "--", "/bin/sh", "-c",
                "[ $RANK = 3 ] && exec sleep 1; exec yes",
            ],
            output: writer)
        FileDescriptor.close(writer)
        // Nobody reads; the fourth rank ends well; the launcher still hears of signals.
        var ranks: [Int32] = []
        #expect(
            eventually {
                ranks = Processes.children(of: job.identifier).flatMap(Processes.children)
                return ranks.count == 4
            })
        #expect(eventually { ranks.count(where: Processes.hasEnded) == 1 })
        #expect(eventually { ranks.allSatisfy(Self.isBlockedOrEnded) })
        let resident = try #require(Processes.statusNumber("VmRSS", of: job.identifier))
        #expect(resident < 64 << 10)
        job.send(SIGTERM)
        // SIGTERM ends the ranks; the output that nobody reads is given up at the next signal.
        #expect(
            eventually { ranks.allSatisfy(Processes.hasEnded) })
        #expect(
            eventually {
                job.send(SIGTERM)
                return Processes.hasEnded(job.identifier)
            })
        #expect(try job.finish().status == 128 + SIGTERM)
    }

    /// Asleep in its write, or gone.
    private static func isBlockedOrEnded(_ identifier: Int32) -> Bool {
        let state = Processes.state(of: identifier)
        return state == "S" || Processes.hasEnded(identifier)
    }
}
