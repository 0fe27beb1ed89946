import Platform
import Synchronization
import Testing

@testable import Liveness

@Suite struct CommunicatorStatusTests {
    @Test func `the first cause stays`() throws {
        let status = CommunicatorStatus(wake: try EventDescriptor())
        #expect(!status.isAborted && status.cause == nil)
        #expect(status.fail(AbortCause(code: .peerLost, culprit: 2, message: "first")))
        #expect(!status.fail(AbortCause(code: .timedOut, culprit: 3, message: "second")))
        #expect(status.isAborted)
        #expect(status.cause?.culprit == 2 && status.cause?.message == "first")
    }

    @Test func `a failure wakes who sleeps on the descriptor`() throws {
        let status = CommunicatorStatus(wake: try EventDescriptor())
        let fd = status.wakeDescriptor
        #expect(try !StreamSocket.wait(fd, for: 1, until: Deadline(secondsFromNow: 0)))
        status.fail(AbortCause(code: .aborted, message: ""))
        #expect(try StreamSocket.wait(fd, for: 1, until: Deadline(secondsFromNow: 5)))
    }

    @Test func `the slot says how far a rank came`() {
        let status = CommunicatorStatus(wake: nil)
        #expect(status.operation == OperationState())
        status.enter(1, header: HeaderWords(1, 2, 3, 4))
        #expect(status.operation.isInside)
        status.complete(1)
        #expect(!status.operation.isInside)
        #expect(status.operation.header == HeaderWords(1, 2, 3, 4))
    }

    @Test func `who leaves limits what is possible, and the lowest limit stays`() {
        let status = CommunicatorStatus(wake: nil)
        #expect(status.lastPossibleSequence == .max)
        status.limit(toSequence: 9)
        status.limit(toSequence: 12)
        #expect(status.lastPossibleSequence == 9)
    }

    @Test func `a header read while another is written is whole or missing`() throws {
        let status = CommunicatorStatus(wake: nil)
        let stop = Atomic(false)
        try withThread(named: "writer") {
            var sequence: UInt64 = 0
            while !stop.load(ordering: .relaxed) {
                sequence += 1
                status.enter(
                    sequence, header: HeaderWords(sequence, sequence, sequence, sequence))
            }
        } while: {
            for _ in 0..<200_000 {
                let seen = status.operation
                let words = seen.header
                let isWhole =
                    words == .zero
                    || words == HeaderWords(seen.entered, seen.entered, seen.entered, seen.entered)
                if !isWhole { Issue.record("torn: \(seen)") }
            }
            stop.store(true, ordering: .relaxed)
        }
    }
}
