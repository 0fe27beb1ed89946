package import Platform
internal import Synchronization

/// What the threads that call operations share with the service thread, for one communicator.
///
/// The executor polls `isAborted` while it waits and writes down which operation it entered; both
/// cost a few plain loads and stores. A caller that sleeps adds `wakeDescriptor` to what it sleeps
/// on: it becomes, and stays, readable when the communicator fails.
///
/// Sequence numbers begin at 1 and rise by one with every operation of the communicator.
package final class CommunicatorStatus: Sendable {
    private let generation = ForkGuard.generation
    private let abortWord = Atomic<UInt32>(0)
    private let opening = Atomic<UInt64>(0)
    private let firstWord = Atomic<UInt64>(0)
    private let secondWord = Atomic<UInt64>(0)
    private let thirdWord = Atomic<UInt64>(0)
    private let fourthWord = Atomic<UInt64>(0)
    private let entered = Atomic<UInt64>(0)
    private let completed = Atomic<UInt64>(0)
    private let lastPossible = Atomic<UInt64>(.max)
    private let wake: EventDescriptor?
    private let firstCause = Mutex<AbortCause?>(nil)

    /// `wake` may be nil where no caller ever sleeps, as in simulations.
    package init(wake: consuming EventDescriptor?) {
        switch consume wake {
        case .some(let event):
            wakeDescriptor = event.descriptor.rawValue
            self.wake = consume event
        case .none:
            wakeDescriptor = -1
            self.wake = nil
        }
    }

    /// True once the communicator failed, for ever; and in a child of `fork()`, whose parent's it is.
    package var isAborted: Bool {
        abortWord.load(ordering: .relaxed) != 0 || ForkGuard.generation != generation
    }

    /// The first cause, nil while the communicator is healthy.
    package var cause: AbortCause? {
        // In a child another thread of the parent may hold the lock for ever.
        ForkGuard.generation == generation ? firstCause.withLock { $0 } : .foreign
    }

    /// The descriptor that becomes readable at the failure, -1 where there is none.
    package let wakeDescriptor: Int32

    /// Fails the communicator; false when it had failed before, and then nothing changes.
    /// Reaches this rank only: `FailureDetector.abort` tells the others first.
    @discardableResult
    package func fail(_ cause: AbortCause) -> Bool {
        guard ForkGuard.generation == generation else { return false }
        let isFirst = firstCause.withLock { first in
            guard first == nil else { return false }
            first = cause
            return true
        }
        guard isFirst else { return false }
        // Releasing: who sees the word finds the cause.
        abortWord.store(1, ordering: .releasing)
        switch wake {
        case .some(let event): event.signal()
        case .none: break
        }
        return true
    }
}

// MARK: - The operation slot, written by the one thread that runs operations

extension CommunicatorStatus {
    /// Notes that an operation begins. Six plain stores on x86.
    package func enter(_ sequence: UInt64, header: HeaderWords) {
        opening.store(sequence, ordering: .relaxed)
        // A reader that sees one of the new words sees the new `opening` too, and knows.
        atomicMemoryFence(ordering: .releasing)
        firstWord.store(header.first, ordering: .relaxed)
        secondWord.store(header.second, ordering: .relaxed)
        thirdWord.store(header.third, ordering: .relaxed)
        fourthWord.store(header.fourth, ordering: .relaxed)
        entered.store(sequence, ordering: .releasing)
    }

    /// Notes that the operation ended well on this rank.
    package func complete(_ sequence: UInt64) {
        completed.store(sequence, ordering: .relaxed)
    }
}

// MARK: - Read by anyone

extension CommunicatorStatus {
    /// How far this rank came. The header is `.zero` if it was read while being written.
    package var operation: OperationState {
        let before = entered.load(ordering: .acquiring)
        let header = HeaderWords(
            firstWord.load(ordering: .relaxed), secondWord.load(ordering: .relaxed),
            thirdWord.load(ordering: .relaxed), fourthWord.load(ordering: .relaxed))
        atomicMemoryFence(ordering: .acquiring)
        let isWhole = opening.load(ordering: .relaxed) == before
        return OperationState(
            entered: before, completed: min(completed.load(ordering: .relaxed), before),
            header: isWhole ? header : .zero)
    }

    /// The last operation that every rank can still take part in: a rank that left in good order
    /// completed this one and no other. `UInt64.max` while nobody left.
    package var lastPossibleSequence: UInt64 { lastPossible.load(ordering: .relaxed) }

    /// Lowers `lastPossibleSequence`; only the service thread calls it, when a rank leaves.
    package func limit(toSequence sequence: UInt64) {
        // Not `Atomic.min`, which compares a UInt64 as if it were signed (Swift 6.3.1).
        guard sequence < lastPossibleSequence else { return }
        lastPossible.store(sequence, ordering: .relaxed)
    }
}
