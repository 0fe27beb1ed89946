import ClusterStore
import Glibc
import Platform
import StoreSupport
import TestSupport
import Testing

/// What is in the directory of a store and is none, or is damaged, is refused by name and left alone.
@Suite(.takingTurns) struct StoreFileTests {
    private let folder: TemporaryDirectory
    private var database: String { "\(folder.path)/store.db" }

    init() throws {
        folder = try TemporaryDirectory()
    }

    @Test func anEmptyFileIsRefused() throws {
        try expectRefusal(of: [], .corrupt, "is empty")
    }

    @Test func aFileOfAnotherKindIsRefused() throws {
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 8192)
        try expectRefusal(of: text, .foreignDatabase, "is no database of SQLite's")
    }

    @Test func aDatabaseOfAnotherProgramIsRefused() async throws {
        var bytes = try await soundDatabase()
        bytes.replaceSubrange(68..<72, with: [0, 0, 0x12, 0x34])
        try expectRefusal(of: bytes, .foreignDatabase, "another program (application id 0x1234)")
    }

    @Test func aDatabaseOfALaterFormatIsRefused() async throws {
        var bytes = try await soundDatabase()
        bytes.replaceSubrange(60..<64, with: [0, 0, 0, 9])
        try expectRefusal(of: bytes, .foreignDatabase, "has format 9; this Martlet knows format 1")
    }

    /// Every page but the first, whose head is looked at before.
    @Test(arguments: 1..<6)
    func aPageOfNonsenseIsFound(_ page: Int) async throws {
        var bytes = try await soundDatabase()
        try #require(bytes.count >= 7 * 4096)
        bytes.replaceSubrange(
            page * 4096..<(page + 1) * 4096, with: [UInt8](repeating: 0xA5, count: 4096))
        try expectRefusal(of: bytes, .corrupt, database)
    }

    @Test func aDatabaseThatWasCutOffIsRefused() async throws {
        let bytes = try await soundDatabase()
        try expectRefusal(of: Array(bytes.prefix(bytes.count / 2)), .corrupt, database)
        try expectRefusal(of: Array(bytes.prefix(50)), .foreignDatabase, database)
    }

    @Test func aLogWithoutItsDatabaseIsRefused() throws {
        try FileDescriptor.replaceContents(of: "\(database)-wal", with: [1, 2, 3])
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("store.db is missing") == true)
        #expect(try FileDescriptor.contents(of: "\(database)-wal") == [1, 2, 3])
        #expect(!folder.names.contains("store.db"))
    }

    @Test func aDatabaseThatLostItsLogInACrashIsRefused() async throws {
        let process = StoreProcess(directory: folder.path, log: "\(folder.path)/log")
        try await process.start()
        let client = try process.client()
        defer { client.close() }
        try await client.put("key", [1])
        process.stop()
        FileDescriptor.remove("\(database)-wal")
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("was not closed, and its log") == true)
    }

    @Test func aStoreHasOneServer() async throws {
        let process = StoreProcess(directory: folder.path, log: "\(folder.path)/log")
        try await process.start()
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.code == .inUse)
        #expect(error?.message.contains(folder.path) == true)
        process.stop()
        // The lock of a killed process is nobody's.
        _ = try open()
    }

    @Test func othersCannotReadTheDatabase() async throws {
        _ = try await soundDatabase()
        _ = try open()
        var status = stat()
        for name in folder.names {
            try #require(stat("\(folder.path)/\(name)", &status) == 0)
            #expect(status.st_mode & 0o077 == 0, "\(name)")
        }
    }

    // MARK: Helpers

    private func open() throws -> StoreServer {
        try StoreServer(
            configuration: StoreServerConfiguration(
                directory: folder.path, listen: ["127.0.0.1:0"]))
    }

    /// The bytes of a database with something in it, which was closed.
    private func soundDatabase() async throws -> [UInt8] {
        let process = StoreProcess(directory: folder.path, log: "\(folder.path)-log")
        defer { FileDescriptor.remove("\(folder.path)-log") }
        try await process.start()
        let client = try process.client()
        defer { client.close() }
        for number in 0..<40 {
            try await client.put(
                "key\(number)", [UInt8](repeating: 1, count: 700))
        }
        process.terminate()
        #expect(process.status?.isSuccess == true)
        return try FileDescriptor.contents(of: database)
    }

    private func expectRefusal(
        of bytes: [UInt8], _ code: StoreError.Code, _ words: String
    ) throws {
        try FileDescriptor.replaceContents(of: database, with: bytes)
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.code == code, "\(error.map { "\($0)" } ?? "no error")")
        #expect(error?.message.contains(words) == true, "\(error.map { "\($0)" } ?? "no error")")
        #expect(error?.message.contains(database) == true)
        #expect(try FileDescriptor.contents(of: database) == bytes)
    }
}
