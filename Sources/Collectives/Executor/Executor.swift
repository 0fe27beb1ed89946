package import Transport

/// Runs programs over links, a little at each `poll`, without ever blocking or allocating.
///
/// It is a state machine that a thread spins, a progress thread serves, or a simulator drives. The
/// order in which links are polled changes nothing in the result: every combination has its
/// operands and their order from the program.
@safe package struct Executor: ~Copyable {
    let slots: UnsafeMutablePointer<LinkSlot>
    let rankCount: Int
    let rank: Int
    /// Operands of the reduction at hand.
    let operands: UnsafeMutablePointer<UnsafeRawPointer>
    /// Headers of operations in which this rank only sent, `LinkSlot.grantWindow` for each peer:
    /// grants that come late are held against them.
    let ungranted: UnsafeMutablePointer<OperationHeader>
    /// Headers of the last `historyLength` operations, by sequence, to name what this rank called.
    let history: UnsafeMutablePointer<OperationHeader>
    /// A power of two. Who only sends is up to `LinkSlot.grantWindow` operations ahead of those it
    /// sends to, they of theirs, and so on: with trees and halving, a thousand ranks lie within it.
    static let historyLength = 256
    /// The running operation's header as it goes on the wire in front of payload, in `history`.
    var current: UnsafeMutablePointer<OperationHeader>
    /// The same as a grant, made where a link needs one.
    let grant: UnsafeMutablePointer<OperationHeader>

    // The running operation.
    var program: ProgramView?
    var binding: Binding?
    package var header: OperationHeader { unsafe current.pointee }
    /// Lanes, headers and copies that are not finished.
    var openCount = 0
    /// Copies done so far; they go in their order.
    var copiesDone = 0
    /// Whether the running operation has had to wait for longer.
    var isWaiting = false
    /// Links in which a header of a later operation waits.
    var parkedCount = 0
    /// The short way of the running operation, where it goes that.
    var exchange = Exchange()
    package internal(set) var failure: ExecutorFailure?

    /// Bytes that one call to a link sends at most.
    package var sendLimit = 1 << 20
    /// Bytes that one call to a link receives in place at most.
    package var receiveLimit = 1 << 20
    /// Bytes that one combination takes at most, so that its operands stay in the cache.
    package var combineLimit = 128 << 10
    /// Bytes of an exchange that goes the short way at most: what every link takes and lends in one
    /// piece.
    package var exchangeLimit = 8 << 10
    /// Bytes that one poll copies of this rank's own part, about.
    package var copyLimit = 4 << 20

    /// - Complexity: O(`rankCount`) memory, allocated here once and for all.
    package init(rank: Int, rankCount: Int) {
        self.rank = rank
        self.rankCount = rankCount
        unsafe slots = .allocate(capacity: rankCount)
        unsafe slots.initialize(repeating: LinkSlot(), count: rankCount)
        // No reduction has more sources than ranks, and a copy has one.
        unsafe operands = .allocate(capacity: rankCount + 1)
        unsafe history = .allocate(capacity: Self.historyLength)
        let none = OperationHeader(words: (0, 0, 0, 0))
        unsafe history.initialize(repeating: none, count: Self.historyLength)
        unsafe ungranted = .allocate(capacity: rankCount * LinkSlot.grantWindow)
        unsafe ungranted.initialize(repeating: none, count: rankCount * LinkSlot.grantWindow)
        unsafe current = history
        unsafe grant = .allocate(capacity: 1)
        unsafe grant.initialize(to: none)
    }

    deinit {
        unsafe slots.deallocate()
        unsafe operands.deallocate()
        unsafe history.deallocate()
        unsafe ungranted.deallocate()
        unsafe grant.deallocate()
    }

    /// Whether the operation is complete: the output is final, and neither buffer is in use.
    package var isDone: Bool { openCount == 0 }

    /// Gives the executor the link to a peer.
    package mutating func attach(_ link: Link, to peer: Int) {
        precondition(peer != rank && peer < rankCount, "no link leads to rank \(peer)")
        unsafe slots[peer].link = link
    }

    package func hasLink(to peer: Int) -> Bool {
        unsafe slots[peer].link != nil
    }

    /// Whether the link to a peer may still read a caller's memory.
    package func readsMemory(to peer: Int) -> Bool {
        guard let link = unsafe slots[peer].link else { return false }
        return unsafe link.operations.unsettled(link.context) > 0
    }

    /// The last header that a peer sent on its link to this rank, nil before the first.
    package func lastHeader(of peer: Int) -> OperationHeader? {
        let header = unsafe slots[peer].lastHeader
        return header.sequence == 0 ? nil : header
    }
}
