import Foundation
import Platform
import Testing

@testable import NodeAgent

@Suite struct AgentEventTests {
    private static let root =
        "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    private static func contents(_ path: String) throws -> String {
        try String(decoding: FileDescriptor.contents(of: path), as: UTF8.self)
    }

    /// Event and level of each row: | `name` | level | meaning |
    private static func rows() throws -> [[String]] {
        try contents("\(root)/docs/agent-log.md").split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
            .map { row in
                row.split(separator: "|").prefix(2)
                    .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            }
    }

    @Test func `the page has every event, with its level, and no other`() throws {
        let known = AgentEvent.allCases.map { [$0.rawValue, "\($0.level)"] }
        #expect(Set(try Self.rows()) == Set(known))
        #expect(try Self.rows().count == known.count)
    }

    /// A name that nothing tells would be waited for in vain.
    @Test func `every event is told somewhere`() throws {
        let sources = FileManager.default.enumerator(atPath: "\(Self.root)/Sources/NodeAgent")
        var text = ""
        for case let path as String in try #require(sources)
        where path.hasSuffix(".swift") && !path.hasSuffix("AgentEvent.swift") {
            text += try Self.contents("\(Self.root)/Sources/NodeAgent/\(path)")
        }
        for event in AgentEvent.allCases {
            #expect(text.contains(".\(event)"), "\(event)")
        }
    }
}
