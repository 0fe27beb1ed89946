import CReductionKernels
import Platform
import Schedules
import Synchronization
import Testing
import Transport

@testable import Collectives

/// The short way of a complete exchange beside the program that it stands for.
@Suite struct ExchangeTests {
    private static let elementCount = 7

    /// The ranks of an all-reduce by direct exchange, each with its own links.
    private func makeExecutors(
        _ count: Int, over transport: LoopbackMesh.Transport
    ) throws -> (mesh: LoopbackMesh, programs: [CompiledProgram]) {
        let programs = try (0..<count).map { rank in
            CompiledProgram(
                try Program.make(
                    collective: .allReduce, algorithm: .direct, rank: rank, rankCount: count))
        }
        return (try LoopbackMesh(rankCount: count, over: transport), programs)
    }

    private static func header(_ sequence: UInt64, count: Int = elementCount) -> OperationHeader {
        OperationHeader(
            kind: .data, collective: .allReduce, type: .float32, operation: .sum,
            algorithm: .direct, sequence: sequence, count: count, root: 0, communicator: 1)
    }

    private static func value(_ index: Int, of rank: Int) -> Float {
        Float(index) + 0.1 * Float(rank)
    }

    private static func begin(
        _ executor: inout Executor, _ program: CompiledProgram,
        _ memory: UnsafeMutablePointer<Float>, _ header: OperationHeader
    ) throws {
        let kernel = creduction_lookup(9, 1)
        let binding = Binding(
            input: UnsafeRawPointer(memory), output: UnsafeMutableRawPointer(memory),
            elementCount: elementCount, elementByteCount: 4,
            combine: try #require(kernel.combine), finish: nil, divisor: 1)
        executor.begin(program, binding, header: header)
    }

    /// Which ranks may go the short way: all, none, and some of them.
    @Test(
        arguments: [[true, true, true], [false, false, false], [true, false, true]],
        LoopbackMesh.Transport.allCases)
    func `ranks that go the short way and ranks that do not end with the same bits`(
        isShort: [Bool], over transport: LoopbackMesh.Transport
    ) throws {
        let (mesh, programs) = try makeExecutors(3, over: transport)
        let results = Mutex([[Float]](repeating: [], count: 3))
        let failures = Mutex<[String]>([])
        let threads = try (0..<3).map { rank in
            ThreadBox(
                try Thread(name: "rank \(rank)") {
                    do {
                        var executor = Executor(rank: rank, rankCount: 3)
                        mesh.attach(to: &executor, rank: rank)
                        if !isShort[rank] { executor.exchangeLimit = -1 }
                        let memory = UnsafeMutablePointer<Float>.allocate(capacity: 7)
                        defer { memory.deallocate() }
                        for sequence in UInt64(1)...50 {
                            for index in 0..<7 { memory[index] = Self.value(index, of: rank) }
                            try Self.begin(
                                &executor, programs[rank], memory, Self.header(sequence))
                            #expect(executor.exchange.isRunning == isShort[rank])
                            try RoundOfOne.drive(&executor)
                        }
                        let found = (0..<7).map { memory[$0] }
                        results.withLock { $0[rank] = found }
                    } catch {
                        failures.withLock { $0.append("rank \(rank): \(error)") }
                    }
                })
        }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 } == [])
        let expected = (0..<7).map { index in
            (0..<3).map { Self.value(index, of: $0) }.dropFirst()
                .reduce(Self.value(index, of: 0), +)
        }
        #expect(results.withLock { $0 } == [expected, expected, expected])
    }

    @Test(arguments: LoopbackMesh.Transport.allCases)
    func `a rank that calls something else is found out on the short way`(
        over transport: LoopbackMesh.Transport
    ) throws {
        let (mesh, programs) = try makeExecutors(2, over: transport)
        var left = Executor(rank: 0, rankCount: 2)
        var right = Executor(rank: 1, rankCount: 2)
        mesh.attach(to: &left, rank: 0)
        mesh.attach(to: &right, rank: 1)
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: 14)
        defer { memory.deallocate() }
        memory.initialize(repeating: 1, count: 14)
        try Self.begin(&left, programs[0], memory, Self.header(1))
        try Self.begin(&right, programs[1], memory + 7, Self.header(1, count: 6))
        #expect(left.exchange.isRunning && right.exchange.isRunning)
        let deadline = Deadline(secondsFromNow: 10)
        while (left.failure == nil || right.failure == nil) && !deadline.hasPassed {
            _ = left.poll()
            _ = right.poll()
        }
        guard case .mismatch(1, let theirs, let ours) = left.failure else {
            Issue.record("rank 0 sees \(String(describing: left.failure))")
            return
        }
        #expect(theirs.count == 6 && ours.count == 7)
        guard case .mismatch(0, _, _) = right.failure else {
            Issue.record("rank 1 sees \(String(describing: right.failure))")
            return
        }
        #expect((0..<14).allSatisfy { memory[$0] == 1 })
    }

    @Test(arguments: LoopbackMesh.Transport.allCases)
    func `a peer that lets wait leads back to the program, and nothing is said twice`(
        over transport: LoopbackMesh.Transport
    ) throws {
        let (mesh, programs) = try makeExecutors(2, over: transport)
        var left = Executor(rank: 0, rankCount: 2)
        var right = Executor(rank: 1, rankCount: 2)
        mesh.attach(to: &left, rank: 0)
        mesh.attach(to: &right, rank: 1)
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: 14)
        defer { memory.deallocate() }
        for sequence in UInt64(1)...3 {
            memory.initialize(repeating: 1, count: 14)
            try Self.begin(&left, programs[0], memory, Self.header(sequence))
            var polls = 0
            while left.exchange.isRunning && polls < 100_000 {
                _ = left.poll()
                polls += 1
            }
            #expect(!left.exchange.isRunning && !left.isDone && left.failure == nil)
            try Self.begin(&right, programs[1], memory + 7, Self.header(sequence))
            let deadline = Deadline(secondsFromNow: 10)
            while !(left.isDone && right.isDone) && !deadline.hasPassed {
                _ = left.poll()
                _ = right.poll()
            }
            #expect(left.isDone && right.isDone)
            #expect((0..<14).allSatisfy { memory[$0] == 2 })
        }
    }

    @Test func `only a complete exchange has a short way`() throws {
        for collective in Collective.allCases {
            for algorithm in Algorithm.available(for: collective) {
                let program = CompiledProgram(
                    try Program.make(
                        collective: collective, algorithm: algorithm, rank: 1, rankCount: 4))
                // A barrier is an all-reduce of one byte.
                let isComplete =
                    algorithm == .direct && [.allReduce, .barrier].contains(collective)
                #expect(
                    program.view.isExchange == isComplete,
                    "\(collective.name) by \(algorithm.name)")
            }
        }
    }
}
