import Platform
import Testing

@testable import MartletCLI

@Suite struct VersionTests {
    @Test func `the command has the version of the C header`() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let header = try FileDescriptor.contents(
            of: "/\(root)/Sources/CMartlet/include/martlet.h")
        let numbers = ["MAJOR", "MINOR", "PATCH"].compactMap { part in
            String(decoding: header, as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix("#define MARTLET_VERSION_\(part) ") }?
                .split(separator: " ").last
        }
        #expect(numbers.joined(separator: ".") == martletVersion)
    }

    @Test func `the version is a line by itself`() throws {
        let result = try RunningCommand.finished(["--version"])
        #expect(result.output == martletVersion + "\n")
        #expect(result.status == 0)
    }
}
