import ArgumentParser
import Martlet
import Schedules

/// The values of bench's options. Whatever is wrong with one, the complaint says what was expected.
enum BenchValue {
    enum Root: Equatable {
        case rank(Int)
        case all
    }

    enum AlgorithmChoice: Equatable {
        case automatic
        case chosen(Algorithm)
    }

    static func collective(_ text: String) throws -> Collective {
        guard let collective = Collective(name: text) else {
            let names = Collective.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("expected one of \(names)")
        }
        return collective
    }

    static func size(_ text: String) throws -> Int {
        guard let size = ByteSize.parse(text) else {
            throw ValidationError("expected a number of bytes such as \(ByteSize.examples)")
        }
        return size
    }

    static func positiveSize(_ text: String) throws -> Int {
        let size = try size(text)
        guard size > 0 else { throw ValidationError("expected a number of bytes above 0") }
        return size
    }

    static func sizes(_ text: String) throws -> [Int] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let size = ByteSize.parse(String(part)) else {
                throw ValidationError("expected sizes with commas between them, such as 8,1K,64M")
            }
            return size
        }
    }

    static func milliseconds(_ text: String) throws -> Double {
        guard let value = Double(text), value > 0, value <= 1e9 else {
            throw ValidationError("expected a number of milliseconds above 0")
        }
        return value
    }

    static func types(_ text: String) throws -> [DataType] {
        if text == "all" { return DataType.allCases }
        guard let type = DataType(benchName: text) else {
            let names = DataType.allCases.map(\.benchName).joined(separator: ", ")
            throw ValidationError("expected one of \(names) or all")
        }
        return [type]
    }

    static func operations(_ text: String) throws -> [ReductionOperation] {
        if text == "all" { return ReductionOperation.allCases }
        guard let operation = ReductionOperation(benchName: text) else {
            let names = ReductionOperation.allCases.map(\.benchName).joined(separator: ", ")
            throw ValidationError("expected one of \(names) or all")
        }
        return [operation]
    }

    static func root(_ text: String) throws -> Root {
        if text == "all" { return .all }
        guard let rank = Int(text), rank >= 0 else {
            throw ValidationError("expected a rank or all")
        }
        return .rank(rank)
    }

    static func average(_ text: String) throws -> TimeAverage {
        guard let average = Int(text).flatMap(TimeAverage.init(rawValue:)) else {
            throw ValidationError(
                "expected 0 (rank 0), 1 (mean), 2 (minimum) or 3 (maximum)")
        }
        return average
    }

    static func algorithm(_ text: String) throws -> AlgorithmChoice {
        if text == "auto" { return .automatic }
        guard let algorithm = Algorithm(name: text) else {
            let names = Algorithm.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("expected auto or one of \(names)")
        }
        return .chosen(algorithm)
    }

    static func transport(_ text: String) throws -> String {
        guard text == "auto" || text == "tcp" else {
            throw ValidationError("expected auto or tcp, the only transport built in")
        }
        return text
    }
}
