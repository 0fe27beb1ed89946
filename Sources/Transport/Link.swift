/// One end of a connection between two ranks, as the executor drives it: two byte streams, one each
/// way, that never block.
///
/// Links lend, the executor reduces. A link moves bytes from the memory it is given, and either
/// receives into memory it is given or lends a span of what arrived, which stays valid until it is
/// given back. It knows no data types and no collectives.
///
/// A link is driven by one thread at a time. The table of C functions costs one indirect call and
/// no reference counting, whatever transport stands behind it; `LinkOwner` keeps it alive.
@unsafe package struct Link {
    package typealias Context = UnsafeMutableRawPointer

    /// What a transport implements. Counts are bytes; a negative result is a negated errno, and
    /// `-EPIPE` is the orderly end of the peer's stream.
    @unsafe package struct Operations {
        /// Sends from a header and the payload behind it, as if they stood in one piece. Returns
        /// how many bytes were accepted, 0 when none can be now. The payload must not change until
        /// it is settled.
        package var send:
            @convention(c) (Context, UnsafeRawPointer?, Int, UnsafeRawPointer?, Int) -> Int
        /// How many of the last accepted bytes may still be read from the caller's memory.
        package var unsettled: @convention(c) (Context) -> Int
        /// Receives at most so many bytes into the given memory; 0 when nothing is there.
        package var receive: @convention(c) (Context, UnsafeMutableRawPointer, Int) -> Int
        /// Lends what has arrived and was not given back. Looks for more only when less than
        /// `minimum` bytes are lent, and never takes more than `maximum` off the connection, or
        /// than it can lend at once, so that what follows can be received in its final place.
        package var borrow:
            @convention(c) (Context, Int, Int, UnsafeMutablePointer<UnsafeRawPointer?>) -> Int
        /// Gives the first bytes of what was lent back.
        package var giveBack: @convention(c) (Context, Int) -> Void
        /// Called before the driver sleeps until the link can be read (POLLIN) or written to
        /// (POLLOUT). Answers what to wait for at the descriptor; 0 where that has come already, and
        /// nobody may sleep.
        package var prepareToSleep: @convention(c) (Context, Int16) -> Int16

        package init(
            send:
                @escaping @convention(c) (
                    Context, UnsafeRawPointer?, Int, UnsafeRawPointer?, Int
                ) -> Int,
            unsettled: @escaping @convention(c) (Context) -> Int,
            receive: @escaping @convention(c) (Context, UnsafeMutableRawPointer, Int) -> Int,
            borrow:
                @escaping @convention(c) (
                    Context, Int, Int, UnsafeMutablePointer<UnsafeRawPointer?>
                ) -> Int,
            giveBack: @escaping @convention(c) (Context, Int) -> Void,
            prepareToSleep: @escaping @convention(c) (Context, Int16) -> Int16 = { $1 }
        ) {
            unsafe self.send = send
            unsafe self.unsettled = unsettled
            unsafe self.receive = receive
            unsafe self.borrow = borrow
            unsafe self.giveBack = giveBack
            unsafe self.prepareToSleep = prepareToSleep
        }
    }

    package var operations: Operations
    package var context: Context
    /// What a sleeping rank waits on with `poll`, or -1 where there is nothing to wait on.
    package var descriptor: Int32
    /// The most that can be lent at once; a reduction never asks for a larger `minimum`.
    package var lendingByteCount: Int

    package init(
        operations: Operations, context: Context, descriptor: Int32, lendingByteCount: Int
    ) {
        unsafe self.operations = operations
        unsafe self.context = context
        unsafe self.descriptor = descriptor
        unsafe self.lendingByteCount = lendingByteCount
    }
}

/// Keeps a link's memory and descriptors; whoever drives `link` holds the owner.
package protocol LinkOwner: AnyObject {
    var link: Link { @unsafe get }
    /// The transport's name, as options and reports have it: `tcp`, `shm`.
    var transport: String { get }
    /// Which transport this is, and over what, for people: `tcp 127.0.0.1:40312`.
    var summary: String { get }
    /// No more will be sent: the peer reads what is under way, then the end of the stream.
    func finishSending()
    /// Ends the connection at once. Nothing touches a caller's memory afterwards.
    func close()
}
