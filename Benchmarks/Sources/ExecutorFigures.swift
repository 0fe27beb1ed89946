import CAllocations
import CReductionKernels
import Collectives
import Schedules
import Transport

/// What a step of a program takes beyond its transport, and how often an operation asks for memory.
enum ExecutorFigures {
    static func all() throws -> [Figure] {
        var figures: [Figure] = []
        for algorithm in Algorithm.available(for: .allReduce) {
            let (left, right) = MemoryLink.pair()
            var pair = try ExecutorPair(algorithm, left, right)
            let perOperation = try Measuring.nanosecondsPerCall(
                of: { try pair.run() }, repetitions: 2000)
            figures.append(
                Figure(
                    name: "executor.step.\(algorithm.name)",
                    value: perOperation / Double(pair.stepCount), unit: "ns"))
            figures.append(
                Figure(
                    name: "executor.allocations.memory.\(algorithm.name)",
                    value: try allocations(&pair), unit: "calls"))
        }
        let (near, far) = try LinkFigures.tcpLinks()
        var pair = try ExecutorPair(.direct, near, far)
        figures.append(
            Figure(
                name: "executor.allocations.tcp.direct", value: try allocations(&pair),
                unit: "calls"))
        return figures
    }

    /// Requests for memory in a thousand operations, after one.
    private static func allocations(_ pair: inout ExecutorPair) throws -> Double {
        try pair.run()
        let before = callocations_count()
        for _ in 0..<1000 { try pair.run() }
        return Double(callocations_count() - before)
    }
}

/// Two ranks in one thread, which take turns: an all-reduce of two float32 elements in place.
struct ExecutorPair: ~Copyable {
    private var left = Executor(rank: 0, rankCount: 2)
    private var right = Executor(rank: 1, rankCount: 2)
    private let programs: [CompiledProgram]
    private let owners: [any LinkOwner]
    private let algorithm: Algorithm
    private let combine: creduction_combine
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 64)
    private var sequence: UInt64 = 0
    /// Steps of both ranks.
    let stepCount: Int

    init(_ algorithm: Algorithm, _ first: any LinkOwner, _ second: any LinkOwner) throws {
        let programs = try (0..<2).map {
            try Program.make(
                collective: .allReduce, algorithm: algorithm, rank: $0, rankCount: 2)
        }
        guard let combine = creduction_lookup(9, 1).combine else {
            throw Complaint("no kernel for the sum of float32")
        }
        self.programs = programs.map(CompiledProgram.init)
        self.algorithm = algorithm
        self.combine = combine
        stepCount = programs.reduce(0) { $0 + $1.steps.count }
        owners = [first, second]
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
        left.attach(first.link, to: 1)
        right.attach(second.link, to: 0)
    }

    deinit { memory.deallocate() }

    mutating func run() throws {
        sequence += 1
        let header = OperationHeader(
            kind: .data, collective: .allReduce, type: .float32, operation: .sum,
            algorithm: algorithm, sequence: sequence, count: 2, root: 0, communicator: 1)
        left.begin(programs[0], binding(memory), header: header)
        right.begin(programs[1], binding(memory + 8), header: header)
        while !left.isDone || !right.isDone {
            _ = left.poll()
            _ = right.poll()
            if left.failure != nil || right.failure != nil {
                throw Complaint("an all-reduce failed")
            }
        }
    }

    private func binding(_ place: UnsafeMutableRawPointer) -> Binding {
        Binding(
            input: UnsafeRawPointer(place), output: place, elementCount: 2, elementByteCount: 4,
            combine: combine, finish: nil, divisor: 1)
    }
}
