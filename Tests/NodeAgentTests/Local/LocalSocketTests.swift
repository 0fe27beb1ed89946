import Glibc
import Platform
import TestSupport
import Testing

@testable import NodeAgent

@Suite struct LocalSocketTests {
    private func failure(_ path: String) -> AgentError? {
        do throws(AgentError) {
            _ = try LocalSocket(path: path, group: "root")
            return nil
        } catch {
            return error
        }
    }

    @Test func `a path that is too long is refused with what is allowed`() throws {
        let directory = try TemporaryDirectory()
        let name = String(repeating: "x", count: 107 - directory.path.utf8.count - 1)
        #expect(failure("\(directory.path)/\(name)") == nil)
        let error = try #require(failure("\(directory.path)/\(name)x"))
        #expect(error.code == .configuration)
        #expect(error.description.contains("108 bytes"))
        #expect(error.remedy == "choose one of at most 107")
    }

    /// A group that every user who runs the tests may give files to: its own.
    private static var ownGroup: String {
        guard let entry = getgrgid(getegid()) else { return "" }
        return String(cString: entry.pointee.gr_name)
    }

    @Test func `without the group only the agent's user may use the socket`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/agent.sock"
        let socket = try LocalSocket(path: path, group: "no-such-group")
        #expect(try FilePath(path).attributes().mode == 0o600)
        socket.remove()
    }

    @Test func `the agent's user and the group may use the socket, others not`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/new/agent.sock"
        let socket = try LocalSocket(path: path, group: Self.ownGroup)
        #expect(try FilePath(path).attributes().mode == 0o660)
        #expect(try FilePath("\(directory.path)/new").attributes().mode & 0o022 == 0)
        socket.remove()
        #expect((try? FilePath(path).kind()) == nil)
    }

    @Test func `another agent's socket is left alone`() async throws {
        let api = try await LocalAPI()
        let error = try #require(failure(api.path))
        #expect(error.code == .refused)
        #expect(error.message == "another agent listens at \(api.path)")
        #expect(error.remedy?.contains("--socket") == true)
        #expect(try await api.client.ask("GET", "/livez").status == 200)
        try await api.stop()
        #expect(failure(api.path) == nil)
    }

    @Test func `the socket of an agent that was killed is replaced`() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/agent.sock"
        // As a process leaves it that is killed: the lock goes with it, the socket stays.
        let dead = try StreamSocket.listen(atPath: path, mode: 0o660, group: nil)
        FileDescriptor.close(dead.release())
        let error = await #expect(throws: AgentError.self) {
            try await LocalClient(socketPath: path).ask("GET", "/livez")
        }
        #expect(error?.message == "no agent listens at \(path)")
        #expect(failure(path) == nil)
    }

    @Test func `what is no socket is not touched`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/agent.sock"
        try FileDescriptor.replaceContents(of: path, with: Array("precious".utf8))
        let error = try #require(failure(path))
        #expect(error.message.contains("no socket"))
        #expect(try directory.contents(of: "agent.sock") == "precious")
    }

    @Test func `a folder where nothing can be made is said, with what to do`() throws {
        let error = try #require(failure("/proc/martlet/agent.sock"))
        #expect(error.code == .system && error.systemCode == ENOENT)
        #expect(error.remedy?.contains("--socket") == true)
        let missing = try #require(failure("/nonexistent/a/b/agent.sock"))
        #expect(missing.systemCode == ENOENT)
    }

    @Test func `without an agent the client says what to do`() async throws {
        let error = await #expect(throws: AgentError.self) {
            try await LocalClient(socketPath: "/nonexistent/agent.sock").ask("GET", "/livez")
        }
        #expect(error?.message == "no agent listens at /nonexistent/agent.sock")
        #expect(error?.remedy?.contains("martlet agent") == true)
    }

    /// A request without body is whole with its head: whoever writes the end by itself may meet a
    /// connection that was answered and closed.
    @Test func `the client writes a request at once`() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/agent.sock"
        let listener = try StreamSocket.listen(atPath: path, mode: 0o600, group: nil).release()
        // Answers the first piece that comes with what stands in it.
        let thread = try Thread(name: "server") {
            let deadline = Deadline(secondsFromNow: 20)
            var piece = [UInt8](repeating: 0, count: 65536)
            guard (try? StreamSocket.wait(listener, for: Int32(POLLIN), until: deadline)) == true,
                let connection = try? StreamSocket.accept(listener),
                (try? StreamSocket.wait(connection.rawValue, for: Int32(POLLIN), until: deadline))
                    == true
            else { return }
            let count = max(0, recv(connection.rawValue, &piece, piece.count, 0))
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n"
            let answer = Array(head.utf8) + piece[..<count]
            _ = send(connection.rawValue, answer, answer.count, Int32(MSG_NOSIGNAL))
        }
        let response = try await LocalClient(socketPath: path)
            .ask("POST", "/v1/drain", body: Array("{}".utf8))
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.hasPrefix("POST /v1/drain HTTP/1.1\r\n") && text.hasSuffix("\r\n\r\n{}"))
        thread.join()
        FileDescriptor.close(listener)
    }
}
