/// Reads a plan line by line.
struct PlanParser {
    private var rankCount: Int?
    private var values: [String: Int] = [:]
    private var order: RankOrder?
    private var rules: [Plan.Rule] = []
    private var hasHead = false
    private var line = 0

    mutating func read(_ text: Substring, number: Int) throws(PlanError) {
        line = number
        let content = text.prefix { $0 != "#" }
        let words = content.split(whereSeparator: \.isWhitespace)
        guard let name = words.first else { return }
        let arguments = words.dropFirst()
        guard hasHead else { return try readHead(words) }
        switch name {
        case "ranks":
            guard rankCount == nil else { throw repeated(name) }
            rankCount = try integer(arguments, minimum: 1, of: "ranks")
        case "order": try readOrder(arguments)
        case "use": try readRule(arguments)
        default: try readField(name, arguments)
        }
    }

    func finish(lineCount: Int) throws(PlanError) -> Plan {
        func missing(_ expected: String) -> PlanError {
            PlanError(
                code: .missing, line: lineCount, expected: expected, found: "the end of the plan")
        }
        guard hasHead else { throw missing("'martlet-plan \(Plan.version)'") }
        guard let rankCount else { throw missing("a line 'ranks' before the end") }
        var table = CostTable.unmeasured(ranksPerHost: 1, coresPerHost: 1)
        for field in Plan.fields {
            guard let value = values[field.name] else {
                throw missing("a line '\(field.name)' before the end")
            }
            table[keyPath: field.path] = value
        }
        if let order, order.ranks.count != rankCount {
            throw PlanError(
                code: .invalidValue, line: lineCount,
                expected: "an order that lists each of \(rankCount) ranks once",
                found: "\(order)")
        }
        return Plan(rankCount: rankCount, table: table, order: order, rules: rules)
    }
}

extension PlanParser {
    private mutating func readHead(_ words: [Substring]) throws(PlanError) {
        guard words.count == 2, words[0] == "martlet-plan", words[1] == "\(Plan.version)" else {
            throw error(
                .version, "'martlet-plan \(Plan.version)'", "'\(words.joined(separator: " "))'")
        }
        hasHead = true
    }

    private mutating func readField(
        _ name: Substring, _ arguments: ArraySlice<Substring>
    ) throws(PlanError) {
        guard let field = Plan.fields.first(where: { $0.name == name }) else {
            throw error(.syntax, "'ranks', 'order', 'use' or a line of the table", "'\(name)'")
        }
        guard values[field.name] == nil else { throw repeated(name) }
        values[field.name] = try integer(arguments, minimum: field.minimum, of: name)
    }

    private mutating func readOrder(_ arguments: ArraySlice<Substring>) throws(PlanError) {
        guard order == nil else { throw repeated("order") }
        let text = arguments.joined(separator: " ")
        guard let order = RankOrder(text: text) else {
            throw error(
                .invalidValue, "an order that lists each rank once, as in '0 1 / 2 3'", "'\(text)'")
        }
        self.order = order
    }

    private mutating func readRule(_ arguments: ArraySlice<Substring>) throws(PlanError) {
        let words = Array(arguments)
        guard words.count == 3 else {
            throw error(
                .syntax, "'use COLLECTIVE FIRST...LAST ALGORITHM'",
                "'use \(words.joined(separator: " "))'")
        }
        guard let collective = Collective(name: words[0]) else {
            throw error(
                .invalidValue, Collective.allCases.map(\.name).joined(separator: ", "),
                "'\(words[0])'")
        }
        let able = Algorithm.available(for: collective)
        guard let algorithm = Algorithm(name: words[2]), able.contains(algorithm) else {
            throw error(
                .invalidValue,
                "an algorithm for \(collective.name): \(able.map(\.name).joined(separator: ", "))",
                "'\(words[2])'")
        }
        rules.append(
            Plan.Rule(
                collective: collective, byteCounts: try byteCounts(words[1]), algorithm: algorithm))
    }

    /// `FIRST...LAST`, or `FIRST...` without an end.
    private func byteCounts(_ word: Substring) throws(PlanError) -> ClosedRange<Int> {
        // By single dots: splitting by a string would link the regular expressions, over a megabyte.
        let bounds = word.split(separator: ".", omittingEmptySubsequences: false)
        guard bounds.count == 4, bounds[1].isEmpty, bounds[2].isEmpty,
            let lower = Int(bounds[0]), lower >= 0,
            let upper = bounds[3].isEmpty ? Int.max : Int(bounds[3]), upper >= lower
        else { throw error(.invalidValue, "bytes as 'FIRST...LAST' or 'FIRST...'", "'\(word)'") }
        return lower...upper
    }

    private func integer(
        _ arguments: ArraySlice<Substring>, minimum: Int, of name: Substring
    ) throws(PlanError) -> Int {
        guard arguments.count == 1, let word = arguments.first, let value = Int(word),
            value >= minimum
        else {
            throw error(
                .invalidValue, "'\(name)' and a whole number from \(minimum)",
                "'\(([name] + arguments).joined(separator: " "))'")
        }
        return value
    }

    private func repeated(_ name: Substring) -> PlanError {
        error(.repeated, "'\(name)' once", "it again")
    }

    private func error(_ code: PlanError.Code, _ expected: String, _ found: String) -> PlanError {
        PlanError(code: code, line: line, expected: expected, found: found)
    }
}
