import Glibc
import Platform
import TestSupport
import Testing

@testable import MartletCLI

/// Real ranks of the built `martlet`: what they write, and what they are given.
@Suite(.serialized) struct LaunchOutputTests {
    @Test func `lines are marked by rank and stay on their stream`() throws {
        let result = try RunningCommand.launched(
            3, "echo out $RANK; echo err $RANK >&2; printf partial"
        ).finish()
        #expect(result.status == 0)
        let expected = (0..<3).flatMap { ["[\($0)] out \($0)", "[\($0)] partial"] }
        #expect(result.lines.sorted() == expected.sorted())
        #expect(result.errorLines.sorted() == (0..<3).map { "[\($0)] err \($0)" })
    }

    @Test func `bytes that are no text pass unchanged`() throws {
        let result = try RunningCommand.launched(
            1, "printf 'a\\000b\\377\\n'", options: ["--no-prefix"]
        ).finish()
        #expect(result.outputBytes == [0x61, 0, 0x62, 0xff, 0x0a])
    }

    @Test func `a line without end is cut and loses nothing`() throws {
        let result = try RunningCommand.launched(
            1, "head -c 200000 /dev/zero | tr '\\0' x"
        ).finish()
        #expect(result.output.count { $0 == "x" } == 200_000)
        #expect(result.lines.count == 4)
        #expect(result.lines.dropFirst().allSatisfy { $0.hasPrefix("[0]+ ") })
    }

    @Test func `whole lines of many ranks do not mix`() throws {
        let result = try RunningCommand.launched(
            8, "i=0; while [ $i -lt 500 ]; do echo $RANK-$RANK-$RANK-$i; i=$((i+1)); done"
        ).finish()
        var next = [Int](repeating: 0, count: 8)
        for line in result.lines {
            let rank = Int(line.dropFirst().prefix { $0 != "]" }) ?? 0
            #expect(line == "[\(rank)] \(rank)-\(rank)-\(rank)-\(next[rank])")
            next[rank] += 1
        }
        #expect(next == [Int](repeating: 500, count: 8))
    }

    @Test func `a directory takes one file per rank and stream`() throws {
        let directory = try TemporaryDirectory()
        let result = try RunningCommand.launched(
            2, "echo out $RANK; echo err $RANK >&2",
            options: ["--output-directory", "\(directory.path)/new/deep"]
        ).finish()
        #expect(result.status == 0)
        #expect(result.output.isEmpty && result.error.isEmpty)
        for rank in 0..<2 {
            #expect(try directory.contents(of: "new/deep/rank-\(rank).stdout") == "out \(rank)\n")
            #expect(try directory.contents(of: "new/deep/rank-\(rank).stderr") == "err \(rank)\n")
        }
    }

    @Test func `ranks know the job`() throws {
        let script = """
            echo "$RANK $WORLD_SIZE $LOCAL_RANK $LOCAL_WORLD_SIZE $MASTER_ADDR \
            ${#MARTLET_JOB_SECRET} ${MARTLET_LISTEN_FD:+listens} $X"
            """
        let result = try RunningCommand.launched(
            2, script, options: ["-x", "X=y z", "--no-prefix"]
        ).finish()
        #expect(
            result.lines.sorted() == [
                "0 2 0 2 127.0.0.1 64 listens y z", "1 2 1 2 127.0.0.1 64  y z",
            ])
    }

    @Test func `ranks get their streams, rank 0 a listening socket, and nothing else`() throws {
        // The shell's own descriptor for the directory is closed once the pattern is expanded.
        let script = """
            for f in /proc/$$/fd/*; do [ -L $f ] && echo $RANK ${f##*/}; done
            [ $RANK = 1 ] || echo listener $MARTLET_LISTEN_FD port $MASTER_PORT
            echo done; exec sleep 100
            """
        let job = try RunningCommand.launched(2, script, options: ["--no-prefix"])
        try job.waitForLines(2, containing: "done")
        let lines = job.text.split(separator: "\n").map { $0.split(separator: " ") }
        let listener = try #require(lines.first { $0[0] == "listener" })
        let held = (0..<2).map { rank in
            Set(lines.filter { $0[0] == "\(rank)" }.compactMap { Int32($0[1]) })
        }
        let expected = Set([0, 1, 2] + ChildDescriptors.inheritable)
        #expect(held[1] == expected)
        #expect(held[0].subtracting(expected).map(String.init) == [String(listener[1])])
        let port = try #require(UInt16(listener[3]))
        let address = try #require(SocketAddress(digits: "127.0.0.1", port: port))
        let socket = try StreamSocket.connect(to: address)
        let deadline = Deadline(secondsFromNow: 10)
        #expect(
            try StreamSocket.wait(socket.rawValue, for: Int32(POLLOUT), until: deadline))
        #expect(StreamSocket.connectionError(socket.rawValue) == 0)
    }

    @Test func `only the chosen rank reads standard input`() throws {
        let (reader, writer) = try DescriptorPair.pipe()
        let bytes = Array("typed\n".utf8)
        _ = bytes.withUnsafeBytes { FileDescriptor.write(writer, $0) }
        FileDescriptor.close(writer)
        defer { FileDescriptor.close(reader) }
        let result = try RunningCommand.finished(
            ["launch", "-n", "3", "--stdin-to", "1", "--", "/bin/sh", "-c", "cat; echo end"],
            input: reader)
        #expect(result.lines.sorted() == ["[0] end", "[1] end", "[1] typed", "[2] end"])
    }

    @Test func `ranks are bound to different cores`() throws {
        let usable = Host.usableProcessors
        let result = try RunningCommand.launched(
            usable.count, "grep Cpus_allowed_list /proc/self/status",
            options: ["--bind", "core", "--no-prefix"]
        ).finish()
        let bound = result.lines.compactMap { $0.split(separator: "\t").last.flatMap { Int($0) } }
        #expect(bound.sorted() == usable.sorted())
        let refused = try RunningCommand.launched(
            usable.count + 1, "true", options: ["--bind", "core"]
        ).finish()
        #expect(refused.status == 1)
        #expect(refused.errorLines.count == 1)
    }

    @Test func `a rank has the signals it would have without us`() throws {
        let script = "grep -E 'Sig(Blk|Ign)' /proc/self/status"
        let result = try RunningCommand.launched(1, script, options: ["--no-prefix"]).finish()
        let own = try FileDescriptor.contents(of: "/proc/self/status")
        let ignored = String(decoding: own, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("SigIgn") }.map(String.init)
        #expect(result.lines == ["SigBlk:\t0000000000000000"] + ignored)
    }

    @Test func `a script without an interpreter line runs as in a shell`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/script"
        let file = try FileDescriptor.open(path, flags: O_WRONLY | O_CREAT, mode: 0o755)
        let text = Array("echo \"$1 $RANK\"\n".utf8)
        _ = text.withUnsafeBytes { FileDescriptor.write(file.rawValue, $0) }
        FileDescriptor.close(file.release())
        let result = try RunningCommand.finished(["launch", "-n", "1", "--", path, "word"])
        #expect(result.output == "[0] word 0\n")
    }
}

/// Descriptors above 2 that survive an exec of ours.
enum ChildDescriptors {
    static var inheritable: [Int32] {
        (Int32(3)..<1024).filter { descriptor in
            let flags = fcntl(descriptor, F_GETFD)
            return flags >= 0 && flags & FD_CLOEXEC == 0
        }
    }
}
