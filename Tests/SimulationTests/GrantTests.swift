import CReductionKernels
import Collectives
import Schedules
import SimulatedTransport
import Testing
import Transport

/// Two executors over one simulated link, stepped by hand: headers that come before they are
/// looked for.
@Suite struct GrantTests {
    /// One rank's executor, and a buffer of eight floats.
    private final class Side {
        let rank: Int
        var executor: Executor
        private let link: SimulatedLink
        private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 8)
        private var programs: [CompiledProgram] = []
        private var sequence: UInt64 = 0

        init(_ rank: Int, _ link: SimulatedLink) {
            self.rank = rank
            self.link = link
            executor = Executor(rank: rank, rankCount: 2)
            executor.attach(link.link, to: 1 - rank)
            memory.bindMemory(to: Float.self).initialize(repeating: Float(rank + 1))
        }

        deinit {
            memory.deallocate()
        }

        var isDone: Bool { executor.isDone }
        var failure: ExecutorFailure? { executor.failure }
        var values: [Float] { Array(memory.bindMemory(to: Float.self)) }

        func begin(_ collective: Collective, root: Int = 0) throws {
            sequence += 1
            let program = CompiledProgram(
                try Program.make(
                    collective: collective, algorithm: .direct, rank: rank, rankCount: 2,
                    root: root))
            programs.append(program)
            let call = try Call(
                collective, input: UnsafeRawBufferPointer(memory), output: memory, count: 8,
                type: .float32, operation: .sum, root: root, rank: rank, rankCount: 2)
            let header = OperationHeader(
                kind: .data, collective: collective, type: .float32, operation: .sum,
                algorithm: .direct, sequence: sequence, count: 8, root: root, communicator: 1)
            let binding = try #require(call.binding(rankCount: 2))
            executor.begin(program, binding, header: header)
        }

        /// Takes no part in an operation on this link.
        func skip() {
            sequence += 1
        }

        func poll() {
            while executor.poll() {}
        }
    }

    private let network = SimulatedNetwork(seed: 1, rankCount: 2)
    private let left: Side
    private let right: Side

    init() {
        let (near, far) = network.connect(0, 1, forth: LinkConditions(), back: LinkConditions())
        left = Side(0, near)
        right = Side(1, far)
    }

    private func deliver() {
        while network.next() != nil {}
    }

    @Test func `looking around leaves the running operation's header to its lane`() throws {
        // The left rank only sends, and its peer's grant is due when the next operation begins.
        try left.begin(.broadcast)
        left.poll()
        #expect(left.isDone)
        deliver()
        try right.begin(.broadcast)
        right.poll()
        #expect(right.isDone)
        try right.begin(.allReduce)
        right.poll()
        // Grant, header and payload have come, and nobody has read any of them.
        deliver()
        try left.begin(.allReduce)
        left.executor.scanOtherLinks()
        #expect(left.failure == nil)
        for _ in 0..<3 {
            left.poll()
            deliver()
            right.poll()
        }
        #expect(left.isDone && right.isDone)
        #expect(left.failure == nil && right.failure == nil)
        #expect(left.values == Array(repeating: 2, count: 8))
        #expect(right.values == left.values)
    }

    @Test func `a peer that passed without a grant is held against what it did not grant`() throws {
        try left.begin(.broadcast)
        left.poll()
        #expect(left.isDone)
        right.skip()
        try right.begin(.barrier)
        right.poll()
        deliver()
        try left.begin(.barrier)
        left.poll()
        guard case .mismatch(1, let theirs, let ours) = left.failure else {
            Issue.record("\(String(describing: left.failure))")
            return
        }
        #expect(theirs.description == "barrier #2")
        #expect(ours.description.hasPrefix("broadcast #1"))
    }

    @Test func `a sender may run far ahead, and its receiver catch up at once`() throws {
        for _ in 0..<100 {
            // As many as grants may be due, and one more that has to wait.
            for _ in 0..<17 {
                try left.begin(.broadcast)
                left.poll()
                deliver()
                guard !left.isDone else { continue }
                for _ in 0..<16 {
                    try right.begin(.broadcast)
                    right.poll()
                    deliver()
                }
                // The grant of the operation that waits comes with the others.
                try right.begin(.broadcast)
                right.poll()
                deliver()
                left.poll()
                deliver()
                right.poll()
            }
            #expect(left.isDone && right.isDone)
            #expect(left.failure == nil && right.failure == nil)
        }
        #expect(right.values == left.values)
    }
}
