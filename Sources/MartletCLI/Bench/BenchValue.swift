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
        /// Every one that carries the collective.
        case all
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

    static func algorithms(_ text: String) throws -> [AlgorithmChoice] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
            if name == "auto" { return .automatic }
            if name == "all" { return .all }
            guard let algorithm = Algorithm(name: name) else {
                let names = Algorithm.allCases.map(\.name).joined(separator: ", ")
                throw ValidationError(
                    "expected auto or one of \(names), several with commas between them, or all")
            }
            return .chosen(algorithm)
        }
    }

    /// Each once, in the order in which they were named.
    static func expand(_ choices: [AlgorithmChoice], for collective: Collective) -> [Algorithm?] {
        var algorithms: [Algorithm?] = []
        for choice in choices {
            let meant: [Algorithm?] =
                switch choice {
                case .automatic: [nil]
                case .chosen(let algorithm): [algorithm]
                case .all: Algorithm.available(for: collective)
                }
            algorithms += meant.filter { !algorithms.contains($0) }
        }
        return algorithms
    }

    static func transport(_ text: String) throws -> TransportPolicy {
        guard let policy = TransportPolicy(text: text) else {
            throw ValidationError("expected auto, shm, tcp, or such as shm=prefer,tcp=forbid")
        }
        return policy
    }
}
