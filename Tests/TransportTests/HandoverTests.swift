import CSharedMemory
import Glibc
import Platform
import SharedMemoryTransport
import TCPTransport
import Testing
import Transport

/// How two ranks come to share memory, and what keeps them from it.
@Suite struct HandoverTests {
    @Test func `two ranks that want to share memory do`() throws {
        let ends = try HandoverPair(HandoverSettings(), HandoverSettings()).outcomes()
        #expect(ends.left.link?.transport == "shm")
        #expect(ends.right.link?.transport == "shm")
    }

    @Test func `rings of different sizes fit together`() throws {
        var (small, large) = (HandoverSettings(), HandoverSettings())
        small.ringByteCount = 64 << 10
        large.ringByteCount = 1 << 20
        let ends = try HandoverPair(small, large).outcomes()
        let (left, right) = (try #require(ends.left.link), try #require(ends.right.link))
        #expect(left.link.send(header: Pattern.bytes(0..<5000)) == 5000)
        #expect(right.link.send(header: Pattern.bytes(0..<5000)) == 5000)
        #expect(left.link.receive(atMost: 5000).bytes == Pattern.bytes(0..<5000))
        #expect(right.link.receive(atMost: 5000).bytes == Pattern.bytes(0..<5000))
    }

    @Test(arguments: [true, false])
    func `where one refuses, both keep the connection and know why`(leftRefuses: Bool) throws {
        let pair = try HandoverPair(
            HandoverSettings(), HandoverSettings(), leftRefusal: leftRefuses ? "not today" : nil,
            rightRefusal: leftRefuses ? nil : "not today")
        let ends = try pair.outcomes()
        #expect(ends.left.reason?.hasSuffix("not today") == true)
        #expect(ends.right.reason?.hasSuffix("not today") == true)
    }

    @Test func `a connection that was kept is at its first byte`() throws {
        let sockets = try SocketPair()
        let other = try sockets.takeConnected()
        let raw = other.rawValue
        var handovers = Handovers(HandoverSettings(), refusal: "no")
        let pair = handovers.add("rank 1", on: try sockets.takeAccepted())
        let thread = try Thread(name: "other") {
            // The offer of a rank that refuses, and a first byte of what follows at once.
            let offer = [UInt8(25), 0, 1, 1, 0] + [UInt8](repeating: 0, count: 21) + [0x6e, 77]
            _ = offer.withUnsafeBytes { StreamSocket.send(raw, $0) }
        }
        try handovers.run(until: Deadline(secondsFromNow: 10), isCancelled: { false })
        thread.join()
        guard case .some(.separate(let socket, let reason)) = pair.take() else {
            Issue.record("the pair shares memory")
            return
        }
        #expect(reason == "no")
        _ = try StreamSocket.wait(
            socket.rawValue, for: Int32(POLLIN), until: Deadline(secondsFromNow: 5))
        #expect(try StreamSocket.receive(socket.rawValue, limit: 9) == [77])
    }

    @Test func `a rank that never answers is named at the deadline`() throws {
        let sockets = try SocketPair()
        let silent = try sockets.takeConnected()
        var handovers = Handovers(HandoverSettings())
        _ = handovers.add("rank 7", on: try sockets.takeAccepted())
        #expect {
            try handovers.run(until: Deadline(secondsFromNow: 0.1), isCancelled: { false })
        } throws: { error in
            let error = error as? SharedMemoryError
            return error?.code == .timedOut && error?.message.contains("rank 7") == true
        }
        _ = consume silent
    }

    @Test func `a rank that goes away is named at once`() throws {
        let sockets = try SocketPair()
        _ = try sockets.takeConnected()
        var handovers = Handovers(HandoverSettings())
        _ = handovers.add("rank 7", on: try sockets.takeAccepted())
        #expect {
            try handovers.run(until: Deadline(secondsFromNow: 10), isCancelled: { false })
        } throws: { error in
            (error as? SharedMemoryError)?.code == .peerGone
        }
    }

    @Test func `a directory serves where abstract names do not`() throws {
        let directory = "/tmp/martlet-shm-\(UInt64.random(in: 0 ... .max))"
        try #require(mkdir(directory, 0o700) == 0)
        defer { rmdir(directory) }
        let settings = HandoverSettings(directory: directory)
        let ends = try HandoverPair(settings, settings).outcomes()
        #expect(ends.left.link != nil && ends.right.link != nil)
        // Nothing stays behind, or it could not be removed.
        #expect(rmdir(directory) == 0)
    }

    @Test func `a directory that does not exist leaves the two with their connection`() throws {
        let nowhere = HandoverSettings(directory: "/nowhere/at/all")
        let ends = try HandoverPair(nowhere, HandoverSettings()).outcomes()
        #expect(ends.left.reason?.contains("/nowhere/at/all") == true)
        #expect(ends.right.reason?.hasPrefix("rank 0: ") == true)
    }

    @Test func `nothing of a link that has gone stays open or mapped`() throws {
        func count() -> (descriptors: Int, mappings: Int) {
            let maps = (try? FileDescriptor.contents(of: "/proc/self/maps", limit: 8 << 20)) ?? []
            let lines = String(decoding: maps, as: UTF8.self).split(separator: "\n")
            return (Host.openDescriptorCount, lines.count { $0.contains("memfd:martlet") })
        }
        // Other tests of this process may open and close descriptors meanwhile, so what is held
        // while links are there is compared with what is held behind them.
        var held: [Int] = []
        for _ in 0..<20 {
            let ends = try HandoverPair(HandoverSettings(), HandoverSettings()).outcomes()
            #expect(ends.left.link != nil && ends.right.link != nil)
            held.append(count().mappings)
        }
        // Twenty pairs map 6 areas each: they would be 120 if they stayed.
        #expect(held.max() ?? 0 < 100)
    }
}

/// What is looked at before foreign memory is touched.
@Suite struct SealTests {
    private let byteCount = 128 << 10

    @Test func `memory of our own making is accepted in its own size only`() {
        let own = cshared_create("test", byteCount)
        defer { close(own) }
        #expect(own >= 0)
        #expect(cshared_examine(own, byteCount) == 0)
        #expect(cshared_examine(own, byteCount + 4096) == -EBADMSG)
        #expect(ftruncate(own, 0) == -1)
    }

    @Test func `memory that its owner could still shrink is refused`() {
        let path = "/dev/shm/martlet-test-\(UInt64.random(in: 0 ... .max))"
        let foreign = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
        defer { close(foreign) }
        #expect(unlink(path) == 0)
        #expect(ftruncate(foreign, off_t(byteCount)) == 0)
        #expect(cshared_examine(foreign, byteCount) == -EPERM)
    }

    @Test func `a file that is no memory is refused`() {
        let file = open("/dev/zero", O_RDWR)
        defer { close(file) }
        #expect(cshared_examine(file, byteCount) == -EINVAL)
    }
}
