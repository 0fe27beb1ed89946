import CLinux
import Testing

@testable import Platform

@Suite(.serialized) struct ForkGuardTests {
    /// Runs `body` while a child of fork lives that does nothing.
    private func whileChildLives(_ body: () throws -> Void) throws {
        let child = clinux_fork()
        if child == 0 {
            while true { pause() }
        }
        defer {
            kill(child, SIGKILL)
            var status: Int32 = 0
            unsafe waitpid(child, &status, 0)
        }
        try #require(child > 0)
        try body()
    }

    /// Two ends of a TCP connection.
    private final class Pair {
        private var nearSocket: FileDescriptor?
        private let farSocket: FileDescriptor
        let near: Int32

        init() throws {
            let address = try #require(SocketAddress(digits: "127.0.0.1", port: 0))
            let listener = try StreamSocket.listen(on: address)
            let socket = try StreamSocket.connect(
                to: StreamSocket.localAddress(listener.rawValue))
            near = socket.rawValue
            nearSocket = consume socket
            let deadline = Deadline(secondsFromNow: 10)
            _ = try StreamSocket.wait(listener.rawValue, for: Int32(POLLIN), until: deadline)
            guard let far = try StreamSocket.accept(listener.rawValue) else {
                throw SystemError(code: EAGAIN, operation: "accept")
            }
            farSocket = consume far
        }

        var far: Int32 { farSocket.rawValue }

        func closeNear() { nearSocket = nil }
    }

    @Test func `a peer sees the parent's end although a child lives`() throws {
        let pair = try Pair()
        try whileChildLives {
            pair.closeNear()
            let deadline = Deadline(secondsFromNow: 10)
            #expect(try StreamSocket.wait(pair.far, for: Int32(POLLIN), until: deadline))
            let rest = try StreamSocket.receive(pair.far, limit: 8)
            #expect(rest?.isEmpty == true)
        }
    }

    @Test func `a child does not touch the parent's epoll set and sockets`() throws {
        let pair = try Pair()
        let owner = EpollOwner(try Epoll())
        try owner.epoll.watch(pair.near, for: .readable, token: 7)
        let before = ForkGuard.generation
        let (set, socket) = (owner.epoll.descriptor.rawValue, pair.near)
        let child = clinux_fork()
        if child == 0 {
            // Numbers stay taken, reach nothing, and the generation differs.
            let removed = clinux_epoll_control(set, EPOLL_CTL_DEL, socket, 0, 0)
            var byte: UInt8 = 1
            let sent = unsafe clinux_send(socket, &byte, 1)
            if sent != -Int(ENOTSOCK) { _exit(2) }
            if removed != -EINVAL && removed != -EPERM { _exit(3) }
            _exit(ForkGuard.generation == before + 1 ? 0 : 4)
        }
        var status: Int32 = 0
        unsafe waitpid(child, &status, 0)
        #expect(status == 0)
        #expect(ForkGuard.generation == before)
        let sent = try StreamSocket.send(pair.far, bytes: [5])
        #expect(sent == 1)
        #expect(try owner.epoll.ready(timeoutMilliseconds: 10_000).map(\.token) == [7])
    }

    @Test func `a closed descriptor's successor is not guarded`() throws {
        let pair = try Pair()
        let number = pair.near
        pair.closeNear()
        // A plain file may get the number; in a child it must stay what it is.
        var taken: [FileDescriptorBox] = []
        while taken.last?.descriptor.rawValue != number, taken.count < 64 {
            taken.append(FileDescriptorBox(try .open("/proc/self/stat", flags: O_RDONLY)))
        }
        try #require(taken.last?.descriptor.rawValue == number)
        let child = clinux_fork()
        if child == 0 {
            var byte: UInt8 = 0
            _exit(unsafe clinux_read(number, &byte, 1) == 1 ? 0 : 1)
        }
        var status: Int32 = 0
        unsafe waitpid(child, &status, 0)
        #expect(status == 0)
    }

    @Test func `a listener that the process was started with is not kept by a child`() throws {
        let address = try #require(SocketAddress(digits: "127.0.0.1", port: 0))
        let socket = try StreamSocket.listen(on: address)
        ForkGuard.share(socket.rawValue)
        let listener = FileDescriptorBox(try StreamSocket.inherit(listener: socket.release()))
        let number = listener.descriptor.rawValue
        let child = clinux_fork()
        if child == 0 { _exit(clinux_listen(number, 1) == -ENOTSOCK ? 0 : 1) }
        var status: Int32 = 0
        unsafe waitpid(child, &status, 0)
        #expect(status == 0)
        withExtendedLifetime(listener) {}
    }

    // In a process of its own, for other tests make sockets too.
    @Test func `a socket that is being made while another thread forks is guarded too`() async {
        await #expect(processExitsWith: .success) { try ForkGuardTests.forkWhileSocketsAreMade() }
    }

    private static func forkWhileSocketsAreMade() throws {
        let foreign = sockets()
        let isDone = Monitor(false)
        let maker = try Thread(name: "sockets") {
            let address = SocketAddress(digits: "127.0.0.1", port: 9)
            guard let address else { return }
            while !isDone.update({ $0 }) { _ = try? StreamSocket.connect(to: address) }
        }
        var kept = 0
        for _ in 0..<40 {
            let child = clinux_fork()
            if child == 0 { _exit(sockets() & ~foreign == 0 ? 0 : 1) }
            var status: Int32 = 0
            unsafe waitpid(child, &status, 0)
            if status != 0 { kept += 1 }
        }
        isDone.update { $0 = true }
        maker.join()
        #expect(kept == 0)
    }

    /// Which of the first 64 descriptors are sockets; safe in a child of a process with threads.
    private static func sockets() -> UInt64 {
        var found: UInt64 = 0
        for number in Int32(0)..<64 {
            var type: Int32 = 0
            let failed = unsafe clinux_get_option(number, SOL_SOCKET, SO_TYPE, &type)
            if failed == 0 { found |= 1 << UInt64(number) }
        }
        return found
    }

    /// Keeps the set open in the child, where a variable's life may end at the fork.
    private final class EpollOwner {
        let epoll: Epoll
        init(_ epoll: consuming Epoll) { self.epoll = epoll }
    }

    /// Arrays hold no noncopyable values.
    private final class FileDescriptorBox {
        let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }
}
