import Glibc
import Martlet
import Platform
import Schedules
import TestSupport
import Testing

@testable import MartletCLI

/// The built `martlet bench` with real ranks over loopback.
@Suite(.serialized) struct BenchRunTests {
    private func bench(_ arguments: [String]) throws -> RunningCommand.Result {
        try RunningCommand.finished(["bench"] + arguments)
    }

    private func rows(_ result: RunningCommand.Result) -> [[String]] {
        result.lines.filter { !$0.hasPrefix("#") }.map { line in
            line.split(separator: " ").map(String.init)
        }
    }

    @Test(
        arguments: ["all-reduce", "reduce-scatter", "all-gather", "broadcast", "reduce"],
        ["tcp", "shm"])
    func `every collective gives right results in every type`(
        collective: String, over transport: String
    ) throws {
        let result = try bench([
            collective, "--ranks", "3", "--sizes", "1,4K,100001", "-n", "2", "-d", "all",
            "--transport", transport,
        ])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        // Sizes of one element and less are one line.
        let rows = rows(result)
        #expect(rows.count == 30)
        for row in rows {
            #expect(row.count == 19)
            #expect(row[8] == "0" && row[12] == "0")
            #expect(row.last == transport)
        }
        #expect(result.output.contains("# Out of bounds values : 0 OK\n"))
    }

    @Test func `every operation and every root gives right results`() throws {
        let operations = try bench([
            "all-reduce", "--ranks", "3", "--sizes", "50K", "-n", "1", "-o", "all", "-d",
            "bfloat16",
        ])
        #expect(rows(operations).map { $0[3] } == ["sum", "prod", "min", "max", "avg"])
        #expect(operations.output.contains("0 OK"))
        let roots = try bench([
            "reduce", "--ranks", "3", "--sizes", "50K", "-n", "1", "-r", "all", "-c", "2",
        ])
        #expect(rows(roots).map { $0[4] } == ["0", "1", "2"])
        #expect(roots.output.contains("0 OK"))
    }

    @Test(arguments: Algorithm.available(for: .allReduce))
    func `a forced algorithm is used and named`(algorithm: Algorithm) throws {
        let result = try bench([
            "all-reduce", "--ranks", "4", "--sizes", "8,64K", "-n", "2", "--algorithm",
            algorithm.name,
        ])
        #expect(result.status == 0)
        #expect(rows(result).allSatisfy { $0[17] == algorithm.name })
        #expect(rows(result).count == 2)
    }

    @Test func `one-sided calls may run ahead as long as they like`() throws {
        for collective in ["broadcast", "reduce"] {
            let result = try bench([
                collective, "--ranks", "3", "--sizes", "8", "-n", "2000", "-r", "1",
            ])
            #expect(result.status == 0)
            #expect(result.error.isEmpty)
        }
    }

    @Test func `a barrier has one line without bandwidth`() throws {
        let result = try bench(["barrier", "--ranks", "2", "-n", "5"])
        #expect(rows(result).count == 1)
        #expect(rows(result)[0][6...7] == ["0.00", "0.00"])
        #expect(result.output.contains("not checked"))
    }

    @Test func `a rank of a job that somebody else launched takes part`() throws {
        let result = try RunningCommand.finished([
            "launch", "-n", "2", "--no-prefix", "--", RunningCommand.program, "bench",
            "all-reduce", "--sizes", "1K", "-n", "3", "--in-place-only",
        ])
        #expect(result.status == 0)
        #expect(rows(result).count == 1)
        #expect(rows(result)[0][5...8] == ["N/A", "N/A", "N/A", "N/A"])
    }

    @Test func `files hold what the table shows`() throws {
        let directory = try TemporaryDirectory()
        let result = try bench([
            "all-reduce", "--ranks", "2", "-b", "8", "-e", "64", "-f", "2", "-n", "4", "--json",
            "\(directory.path)/j", "--csv", "\(directory.path)/c", "-a", "3",
        ])
        #expect(result.status == 0)
        #expect(rows(result).map { $0[0] } == ["8", "16", "32", "64"])
        let json = try directory.contents(of: "j")
        #expect(json.contains("\"iterations\": 4"))
        #expect(json.contains("\"timeOver\": \"ranks: maximum\""))
        #expect(json.split(separator: "\n").count { $0.contains("\"byteCount\"") } == 4)
        let csv = try directory.contents(of: "c").split(separator: "\n")
        #expect(csv.count == 5)
        #expect(csv[1].hasPrefix("all-reduce,2,8,2,float,sum,-1,"))
        #expect(directory.names == ["c", "j"])
    }

    @Test func `algorithms are compared in one run, table and picture`() throws {
        let directory = try TemporaryDirectory()
        let picture = "\(directory.path)/p.svg"
        try FileDescriptor.replaceContents(of: picture, with: Array("old".utf8))
        let result = try bench([
            "all-reduce", "--ranks", "2", "--sizes", "8,64K", "-n", "3", "--algorithm",
            "auto,ring,tree", "--plot", picture,
        ])
        #expect(result.status == 0)
        #expect(rows(result).map { $0[0] } == ["8", "8", "8", "65536", "65536", "65536"])
        let names = rows(result).map { $0[17] }
        #expect(names[0].hasPrefix("auto:") && names[1...2] == ["ring", "tree"])
        let tree = try XMLTree.parse(try directory.contents(of: "p.svg"))
        #expect(
            tree.groups("series").compactMap(\.title)
                == ["ring", "tree", "auto", "ring", "tree", "auto"])
        #expect(tree.all("text").contains { $0.text.contains(Host.name) })
        #expect(tree.title == "all-reduce · 2 ranks · float32 · sum · in place")
        #expect(directory.names == ["p.svg"])
    }

    @Test(arguments: ["--json", "--csv", "--plot"])
    func `a path that cannot be written costs no measurement`(option: String) throws {
        for path in ["/no/such/directory/f", "/", "/proc/f"] {
            let result = try bench(["all-reduce", "--ranks", "2", "-n", "1", option, path])
            #expect(result.status == 1)
            #expect(result.output.isEmpty)
            #expect(result.errorLines.count == 1)
            #expect(result.error.contains("\(option) expects a file that can be written: \(path)"))
        }
    }

    @Test func `a disk that is full already costs no measurement`() throws {
        let directory = try TemporaryDirectory()
        let job = try RunningCommand.launched(
            1,
            "ulimit -f 0; trap '' XFSZ; exec '\(RunningCommand.program)' bench all-reduce "
                + "--sizes 8 -n 1 --plot '\(directory.path)/p'")
        let result = try job.finish()
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.error.contains("--plot expects a file that can be written"))
        #expect(directory.names.isEmpty)
    }

    @Test func `a file that cannot be written keeps no other from being written`() throws {
        let directory = try TemporaryDirectory()
        let result = try bench([
            "all-reduce", "--ranks", "2", "--sizes", "8", "-n", "1", "--json", "/dev/full",
            "--plot", "\(directory.path)/p",
        ])
        #expect(result.status == 1)
        #expect(result.error.contains("--json: the results could not be written"))
        #expect(directory.names == ["p"])
    }

    @Test func `a disk that fills up is said and fails the run`() throws {
        let result = try bench([
            "all-reduce", "--ranks", "2", "--sizes", "8", "-n", "1", "--csv", "/dev/full",
        ])
        #expect(result.status == 1)
        #expect(result.error.contains("martlet bench: --csv: the results could not be written"))
        #expect(result.error.contains("No space left on device"))
    }

    @Test func `wrong options get one line that says what was expected`() throws {
        let cases: [([String], String)] = [
            (["reduce-all"], "expected one of all-reduce"),
            ([], "collective"),
            (["all-reduce", "-b", "1X"], "expected a number of bytes such as 8, 64K"),
            (["all-reduce", "-b", "2M", "-e", "1M"], "-b expects at most the -e of 1 MiB"),
            (["all-reduce", "-e", "1M"], "-b expects at most the -e of 1 MiB, not 32 MiB"),
            (["all-reduce", "-f", "1"], "expected a whole number from 2"),
            (["all-reduce", "-i", "0"], "expected a number of bytes above 0"),
            (["all-reduce", "-i", "1", "-f", "2"], "expected -i or -f, not both"),
            (["all-reduce", "--sizes", "8,,9"], "expected sizes with commas between them"),
            (["all-reduce", "--sizes", "8", "-b", "9"], "--sizes replaces -b, -e, -i and -f"),
            (["all-reduce", "-d", "quad"], "expected one of int8, uint8"),
            (["all-reduce", "-o", "xor"], "expected one of sum, prod, min, max, avg or all"),
            (["all-reduce", "-n", "0"], "expected a whole number from 1"),
            (["all-reduce", "-n", "5", "--budget-milliseconds", "5"], "not both"),
            (["all-reduce", "--algorithm", "mesh"], "expected auto or one of ring, tree"),
            (["barrier", "--algorithm", "ring"], "--algorithm expects one that carries barrier"),
            (["all-reduce", "--transport", "verbs"], "expected auto, shm, tcp, or such as"),
            (["all-gather", "--algorithm", "ring,tree"], "one that carries all-gather"),
            (["barrier", "--plot", "p"], "--plot draws over sizes"),
            (["broadcast", "--ranks", "2", "-r", "2"], "-r expects a rank below 2"),
            (["all-reduce", "-a", "4"], "expected 0 (rank 0), 1 (mean)"),
            (["all-reduce", "--bind", "core"], "--bind needs --ranks"),
            (["all-reduce", "-b", "0", "-e", "1G", "-i", "1"], "more than 10000 sizes"),
        ]
        for (arguments, words) in cases {
            let result = try bench(arguments)
            #expect(result.status == 64)
            #expect(result.errorLines.count == 1)
            #expect(result.error.contains(words))
        }
    }

    @Test func `a root that the job does not have is a wrong argument`() throws {
        let result = try RunningCommand.finished([
            "launch", "-n", "2", "--", RunningCommand.program, "bench", "broadcast", "-r", "2",
        ])
        #expect(result.status == 64)
        #expect(result.error.contains("-r expects a rank below 2, not 2"))
    }

    @Test func `a disk that fills up while a file is replaced leaves the old one alone`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/j"
        try FileDescriptor.replaceContents(of: path, with: Array("old".utf8))
        // Files may grow to 4 KiB, as much as is tried at the beginning: the kernel then refuses
        // every write beyond.
        let job = try RunningCommand.launched(
            1,
            "ulimit -f 8; trap '' XFSZ; exec '\(RunningCommand.program)' bench all-reduce "
                + "-b 8 -e 4K -f 2 -n 1 --json '\(path)'")
        let result = try job.finish()
        #expect(result.status == 1)
        #expect(result.error.contains("--json: the results could not be written"))
        #expect(try directory.contents(of: "j") == "old")
        #expect(directory.names == ["j"])
    }

    @Test func `buffers beyond the memory are refused before the kernel ends the job`() throws {
        let result = try bench(["all-reduce", "--ranks", "2", "--sizes", "9000G", "-n", "1"])
        #expect(result.status == 1)
        #expect(result.error.contains("are available: a smaller -e would do"))
    }
}
