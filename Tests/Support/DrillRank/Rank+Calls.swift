import Glibc
import Martlet
import Platform
import Schedules

extension Rank {
    /// A collective, once, a number of times, or until it fails.
    func call(_ step: ScriptStep) {
        // Who could not join calls nothing.
        guard let current else { return }
        guard let call = ScriptedCall(step, on: current) else {
            return report.write("confusion", [("verb", "call of something unknown")])
        }
        defer { call.release() }
        let isEndless = step["times"] == "forever"
        let isQuiet = step["quiet"] != nil
        for time in 0..<(isEndless ? .max : step.number("times", default: 1)) {
            let start = Clock.nowNanoseconds()
            do throws(CollectiveError) {
                try call.run()
            } catch {
                report.outcome("call", since: start, error, [("time", "\(time)")])
                if !call.isInputUntouched { report.write("wrong", [("input", "changed")]) }
                return
            }
            if isEndless ? time == 0 : !isQuiet {
                report.outcome("call", since: start, nil, [("time", "\(time)")])
            }
            if !call.isResultRight { return report.write("wrong", [("time", "\(time)")]) }
        }
    }
}

/// One collective with its buffers, apart where they are small: so an input can be looked at after
/// an error.
struct ScriptedCall {
    private let communicator: Communicator
    private let collective: Collective
    private let type: DataType
    private let operation: ReductionOperation
    private let count: Int
    private let root: Int
    private let algorithm: Algorithm?
    private let input: UnsafeMutableRawBufferPointer
    private let output: UnsafeMutableRawBufferPointer

    init?(_ step: ScriptStep, on communicator: Communicator) {
        guard let collective = Collective(name: step["collective"] ?? "all-reduce"),
            let type = DataType.allCases.first(where: { "\($0)" == step["type"] ?? "float32" }),
            let operation = ReductionOperation.allCases.first(where: {
                "\($0)" == step["operation"] ?? "sum"
            })
        else { return nil }
        self.communicator = communicator
        self.collective = collective
        self.type = type
        self.operation = operation
        count = step.number("count", default: 2)
        root = step.number("root", default: 0)
        algorithm = step["algorithm"].flatMap { Algorithm(name: $0) }
        let part = count * type.byteCount
        let all = part * communicator.rankCount
        input = .allocate(
            byteCount: collective == .reduceScatter ? all : part, alignment: 4096)
        let isInPlace = part > 64 << 20 && collective == .allReduce
        output =
            isInPlace
            ? input : .allocate(byteCount: collective == .allGather ? all : part, alignment: 4096)
        input.initializeMemory(as: Float.self, repeating: 1)
        if !isInPlace { output.initializeMemory(as: UInt8.self, repeating: 0) }
    }

    func release() {
        if output.baseAddress != input.baseAddress { output.deallocate() }
        input.deallocate()
    }

    func run() throws(CollectiveError) {
        let input = UnsafeRawBufferPointer(input)
        switch collective {
        case .allReduce:
            try communicator.allReduce(
                input: input, output: output, count: count, type: type, operation: operation,
                algorithm: algorithm)
        case .reduceScatter:
            try communicator.reduceScatter(
                input: input, output: output, count: count, type: type, operation: operation,
                algorithm: algorithm)
        case .allGather:
            try communicator.allGather(
                input: input, output: output, count: count, type: type, algorithm: algorithm)
        case .broadcast:
            try communicator.broadcast(
                input: input, output: output, count: count, type: type, root: root,
                algorithm: algorithm)
        case .reduce:
            try communicator.reduce(
                input: input, output: output, count: count, type: type, operation: operation,
                root: root, algorithm: algorithm)
        case .barrier: try communicator.barrier(algorithm: algorithm)
        }
    }

    /// Every rank puts in ones, so sums of float32 are known.
    var isResultRight: Bool {
        guard collective == .allReduce, type == .float32, operation == .sum, count > 0,
            input.baseAddress != output.baseAddress
        else { return true }
        let expected = Float(communicator.rankCount)
        return [0, count / 2, count - 1].allSatisfy {
            output.load(fromByteOffset: 4 * $0, as: Float.self) == expected
        }
    }

    var isInputUntouched: Bool {
        guard let start = input.baseAddress, start != output.baseAddress, input.count >= 4 else {
            return true
        }
        // Ones all over: the first is one, and every other is like the one before it.
        let first = input.load(as: Float.self)
        return first == 1 && memcmp(start, start + 4, (input.count & ~3) - 4) == 0
    }
}
