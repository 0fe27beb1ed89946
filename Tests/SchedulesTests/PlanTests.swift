import TestSupport
import Testing

@testable import Schedules

@Suite struct PlanTests {
    private let order = RankOrder(ascending: 4).restricted(to: [0, 2, 1, 3])

    private func plan() -> Plan {
        Plan(
            rankCount: 4, table: .unmeasured(ranksPerHost: 4, coresPerHost: 2),
            order: order,
            rules: [
                Plan.Rule(collective: .allReduce, byteCounts: 0...100, algorithm: .tree),
                Plan.Rule(collective: .allReduce, byteCounts: 101...Int.max, algorithm: .ring),
            ])
    }

    private func error(of text: String) throws -> PlanError {
        try #require(throws: PlanError.self) { try Plan(text: text) }
    }

    @Test func `a plan reads back as it was written`() throws {
        #expect(try Plan(text: plan().text) == plan())
        var bare = plan()
        bare.order = nil
        bare.rules = []
        #expect(try Plan(text: bare.text) == bare)
    }

    @Test func `comments, blanks and line ends of other systems are read over`() throws {
        let text =
            "# saved by hand\r\n\n"
            + plan().text.replacing("\n", with: "  # note\r\n")
        #expect(try Plan(text: text) == plan())
    }

    @Test func `a rule decides before the table`() {
        let plan = plan()
        #expect(plan.choose(.allReduce, byteCount: 100).algorithm == .tree)
        #expect(plan.choose(.allReduce, byteCount: 101).algorithm == .ring)
        #expect(plan.choose(.allReduce, byteCount: 101).isForced)
        #expect(!plan.choose(.barrier, byteCount: 1).isForced)
    }

    @Test func `a forced algorithm goes before all rules`() {
        var plan = plan()
        plan.force(.direct)
        for collective in Collective.allCases {
            #expect(plan.choose(collective, byteCount: 5000).algorithm == .direct)
        }
    }

    @Test func `the line at fault and what was expected are named`() throws {
        let lines = plan().text.split(separator: "\n").map(String.init)
        func replaced(_ index: Int, by line: String) -> String {
            var changed = lines
            changed[index] = line
            return changed.joined(separator: "\n")
        }
        for (text, code, line) in [
            (replaced(0, by: "martlet-plan 2"), PlanError.Code.version, 1),
            (replaced(1, by: "ranks many"), .invalidValue, 2),
            (replaced(1, by: "ranks 0"), .invalidValue, 2),
            (replaced(2, by: "latency 5"), .syntax, 3),
            (replaced(3, by: "local-latency-nanoseconds 7"), .repeated, 4),
            (replaced(5, by: "remote-picoseconds-per-byte -1"), .invalidValue, 6),
            (replaced(14, by: "use all-reduce 0...9"), .syntax, 15),
            (replaced(14, by: "use all-shuffle 0...9 ring"), .invalidValue, 15),
            (replaced(14, by: "use reduce-scatter 0...9 ring"), .invalidValue, 15),
            (replaced(14, by: "use all-reduce 9...0 ring"), .invalidValue, 15),
            (replaced(14, by: "use all-reduce 0..9 ring"), .invalidValue, 15),
            (replaced(6, by: ""), .missing, 16),
            (replaced(13, by: "order 0 1 2"), .invalidValue, 16),
            (replaced(13, by: "order 0 1 2 2"), .invalidValue, 14),
            (replaced(13, by: "order 0 1 / / 2 3"), .invalidValue, 14),
            (replaced(13, by: "order 0 1 / 2 4"), .invalidValue, 14),
            ("", .missing, 1),
        ] {
            let error = try error(of: text)
            #expect(error.code == code, "\(error)")
            #expect(error.line == line, "\(error)")
        }
        #expect(
            try error(of: replaced(1, by: "ranks many")).description
                == "line 2 of the plan: expected 'ranks' and a whole number from 1,"
                + " found 'ranks many'")
    }

    @Test func `text of any kind is refused without a trap`() throws {
        var generator = SeededGenerator(seed: 3)
        let letters = Array("use ranks...order 0123456789-#\n\tall-reduce ring martlet-plan")
        for _ in 0..<500 {
            var text = plan().text
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                guard let index = text.indices.randomElement(using: &generator),
                    let letter = letters.randomElement(using: &generator)
                else { continue }
                text.replaceSubrange(index...index, with: String(letter))
            }
            // Either outcome is right; a trap would end the test.
            if let read = try? Plan(text: text) { #expect(try Plan(text: read.text) == read) }
        }
    }
}
