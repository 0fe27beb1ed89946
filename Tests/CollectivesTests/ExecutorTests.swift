import CReductionKernels
import Platform
import Schedules
import Synchronization
import Testing

@testable import Collectives

/// Programs over real links, one thread a rank, against results worked out directly.
@Suite struct ExecutorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var collective: Collective
        var algorithm: Algorithm
        var rankCount: Int
        var root = 0

        var testDescription: String {
            "\(collective.name) by \(algorithm.name) over \(rankCount), root \(root)"
        }

        static let all: [Case] = Collective.allCases.flatMap { collective in
            Algorithm.available(for: collective).flatMap { algorithm in
                [1, 2, 3, 5, 8].flatMap { rankCount in
                    (collective.isRooted ? [0, rankCount - 1] : [0]).map {
                        Case(
                            collective: collective, algorithm: algorithm, rankCount: rankCount,
                            root: $0)
                    }
                }
            }
        }
    }

    @Test(arguments: Case.all, LoopbackMesh.Transport.allCases)
    func `every rank ends with the right elements`(
        of some: Case, over transport: LoopbackMesh.Transport
    ) throws {
        let failures = Mutex<[String]>([])
        for inPlace in [false, true] {
            let mesh = try LoopbackMesh(rankCount: some.rankCount, over: transport)
            var threads: [ThreadBox] = []
            for rank in 0..<some.rankCount {
                threads.append(
                    ThreadBox(
                        try Thread(name: "rank \(rank)") {
                            do {
                                try Self.run(some, rank: rank, mesh: mesh, inPlace: inPlace)
                            } catch {
                                failures.withLock { $0.append("rank \(rank): \(error)") }
                            }
                        }))
            }
            for box in threads { box.join() }
        }
        #expect(failures.withLock { $0 } == [])
    }

    private static func run(
        _ some: Case, rank: Int, mesh: LoopbackMesh, inPlace: Bool
    ) throws {
        var executor = Executor(rank: rank, rankCount: some.rankCount)
        mesh.attach(to: &executor, rank: rank)
        let program = CompiledProgram(
            try Program.make(
                collective: some.collective, algorithm: some.algorithm, rank: rank,
                rankCount: some.rankCount, root: some.root))
        for (index, elementCount) in [0, 1, 7, 20_001].enumerated() {
            let round = RoundOfOne(some, rank: rank, partCount: elementCount)
            try round.run(
                on: &executor, program, sequence: UInt64(index + 1), inPlace: inPlace)
        }
    }
}

/// One operation of one rank: buffers, the call, and the check.
struct RoundOfOne {
    let some: ExecutorTests.Case
    let rank: Int
    /// Elements of the whole extent.
    let extent: Int

    init(_ some: ExecutorTests.Case, rank: Int, partCount: Int) {
        self.some = some
        self.rank = rank
        let parts: [Collective] = [.allGather, .reduceScatter]
        extent = parts.contains(some.collective) ? partCount * some.rankCount : partCount
    }

    /// Small integers, so that every order of summation is exact.
    static func value(_ rank: Int, _ index: Int) -> Float {
        Float((index &* 31 &+ rank &* 17) % 64)
    }

    /// The elements of the extent that the input, or the output, holds on this rank.
    func part(isInput: Bool) -> Range<Int> {
        let own = rank * extent / some.rankCount..<(rank + 1) * extent / some.rankCount
        switch some.collective {
        case .allGather: return isInput ? own : 0..<extent
        case .reduceScatter: return isInput ? 0..<extent : own
        default: return 0..<extent
        }
    }

    func expected(_ index: Int) -> Float? {
        switch some.collective {
        case .allGather:
            return Self.value(index / (extent / some.rankCount), index)
        case .broadcast: return Self.value(some.root, index)
        case .reduce where rank != some.root: return nil
        default:
            return (0..<some.rankCount).reduce(0) { $0 + Self.value($1, index) }
        }
    }

    func run(
        on executor: inout Executor, _ program: CompiledProgram, sequence: UInt64, inPlace: Bool
    ) throws {
        var memory = [Float](repeating: -1, count: extent)
        for index in part(isInput: true) { memory[index] = Self.value(rank, index) }
        var output = inPlace ? memory : [Float](repeating: -1, count: extent)
        let input = memory
        let kernel = creduction_lookup(9, 1)
        let combine = try #require(kernel.combine)
        let header = OperationHeader(
            kind: .data, collective: some.collective, type: .float32, operation: .sum,
            algorithm: some.algorithm, sequence: sequence, count: extent, root: some.root,
            communicator: 1)
        try output.withUnsafeMutableBytes { output in
            try input.withUnsafeBytes { input in
                var empty: UInt8 = 0
                try withUnsafeMutableBytes(of: &empty) { empty in
                    let place = output.baseAddress ?? empty.baseAddress
                    let source = inPlace ? UnsafeRawPointer(place) : input.baseAddress
                    let binding = Binding(
                        input: try #require(source ?? UnsafeRawPointer(place)),
                        output: try #require(place),
                        elementCount: extent, elementByteCount: 4, combine: combine, finish: nil,
                        divisor: 1)
                    executor.begin(program, binding, header: header)
                    try Self.drive(&executor)
                }
            }
        }
        check(output, input: input, original: memory)
    }

    static func drive(_ executor: inout Executor) throws {
        let deadline = Deadline(secondsFromNow: 20)
        var idle = 0
        while !executor.isDone {
            if executor.poll() {
                idle = 0
                continue
            }
            if let failure = executor.failure { throw TestFailure("\(failure)") }
            idle += 1
            if idle % 64 == 0 {
                executor.scanOtherLinks()
                if deadline.hasPassed { throw TestFailure("stuck") }
                yieldProcessor()
            }
        }
    }

    private func check(_ output: [Float], input: [Float], original: [Float]) {
        #expect(input == original, "the input was written")
        for index in part(isInput: false) {
            guard let value = expected(index), output[index] != value else { continue }
            Issue.record("element \(index) of \(extent) is \(output[index]), not \(value)")
            return
        }
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A thread in an array: `Thread` cannot be copied.
final class ThreadBox {
    private var thread: Thread?
    init(_ thread: consuming Thread) { self.thread = consume thread }
    func join() {
        if let thread = thread.take() { thread.join() }
    }
}
