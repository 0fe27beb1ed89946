internal import Liveness
internal import Platform

/// A group of ranks that compute collectives together.
///
/// Every rank calls the same operations in the same order; each operation ends, in success or a
/// ``CollectiveError``, within its deadline (300 s unless configured) and the time that the ranks then
/// take to find out who is to blame (a second). All ranks end with the same bits. A communicator that
/// failed stays failed: every later call says so at once, with the first cause.
///
/// The deadline of an operation runs from where it first has to wait. A call first carries what was
/// started before it to its end, each with a deadline of its own; so have links that open for their
/// first use, and the round of agreement in strict mode.
///
/// Calls may come from several threads; those on one communicator run one after the other, in an
/// order that the program must make the same on every rank. Communicators are independent of each
/// other. A blocking call uses the calling thread and never Swift's cooperative pool: do not make
/// one from a task that others wait for.
///
/// The last reference that goes leaves, and blocks as `leave` does.
public final class Communicator: Sendable {
    /// This process's position, `0 ..< rankCount`.
    public let rank: Int
    /// How many ranks the communicator has.
    public let rankCount: Int
    /// Tells communicators apart in logs; the same on every rank.
    public let identifier: UInt64
    /// Runs the operations.
    package let engine: Engine
    package let fabric: any Fabric
    /// Each rank's position in the world that the processes joined.
    package let worldRanks: [Int]
    /// How many times this communicator was split, which is the same number on every rank.
    let splitCount = Monitor(0)

    package init(engine: Engine, fabric: any Fabric, worldRanks: [Int]) {
        rank = engine.rank
        rankCount = engine.rankCount
        identifier = engine.identifier
        self.engine = engine
        self.fabric = fabric
        self.worldRanks = worldRanks
    }

    deinit {
        fabric.dismantle(engine, isLeaving: false)
    }

    /// Why the communicator failed, nil while it is healthy and after leaving in good order. Never
    /// blocks.
    public var failure: CollectiveError? {
        engine.status.cause.map { CollectiveError($0, sequence: 0) }
    }

    /// Fails the communicator on every rank, with `aborted`, from any thread and at any time; calls
    /// under way end within 100 ms on this host, on others as soon as the news arrives. The first
    /// cause of a communicator that failed before stays.
    ///
    /// Returns once this rank's calls fail too, which takes 30 ms, and after 100 ms at most. The
    /// reason reaches the other ranks' messages, which have at most 512 bytes.
    public func abort(_ reason: String = "abort was called") {
        engine.detector.abort(
            communicator: identifier,
            cause: AbortCause(
                code: .aborted, culprit: rank, message: "rank \(rank) aborted: \(reason)",
                phase: engine.status.operation.isInside ? .operation : .idle))
        // The others are told first, by the service thread.
        let deadline = Deadline(secondsFromNow: 0.1)
        while !engine.status.isAborted && !deadline.hasPassed { sleepBriefly() }
    }

    /// Ends this rank's part in good order: what it sent still arrives, and other ranks fail only
    /// if they call an operation that needs it. Later calls here fail, and non-blocking operations
    /// under way end, with `aborted`. Leaving the world ends the process's part in the job, all of its
    /// other communicators included; who only lets go of it may go on with what it was split into.
    /// Leaving twice does nothing.
    ///
    /// Waits for a call that another thread has under way; then, on a healthy communicator, until the
    /// other ranks leave too, which stands for their having read everything, 1.05 s at most. Leaving
    /// the world says goodbye to the others then, which takes 0.2 s at most.
    public func leave() {
        fabric.dismantle(engine, isLeaving: true)
    }
}

/// What stands behind the communicators of one process: how they are made and taken apart.
package protocol Fabric: AnyObject, Sendable {
    /// A communicator of some of the world's ranks, this one among them. All of them make it.
    func make(identifier: UInt64, worldRanks: [Int]) throws(CollectiveError) -> Communicator
    /// Closes a communicator's links and ends the watch over it.
    func dismantle(_ engine: Engine, isLeaving: Bool)
    /// Transports, plan and times of a communicator, for people.
    func describe(_ communicator: Communicator) -> String
}

extension Communicator {
    /// Who is where, which transport leads to whom and why, which algorithms carry what, and the
    /// times within which failures are seen: lines for people, without a fixed format.
    public func describe() -> String {
        fabric.describe(self)
    }
}
