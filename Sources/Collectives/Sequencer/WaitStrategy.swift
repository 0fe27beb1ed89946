internal import CLinux

/// How a rank passes the time while its peers have nothing for it.
///
/// Spinning answers fastest where every rank has a core of its own. Where ranks share cores, a
/// spinning rank keeps the one it waits for from running, so it yields soon, and sleeps when even
/// that does not help.
package struct WaitStrategy: Sendable, Hashable {
    /// Fruitless polls before the first yield.
    package var spinCount: Int
    /// Fruitless polls, with a yield each, before sleeping in the kernel.
    package var yieldCount: Int

    package init(spinCount: Int, yieldCount: Int) {
        self.spinCount = spinCount
        self.yieldCount = yieldCount
    }

    /// By how many ranks of this host share how many cores.
    package init(ranksOnHost: Int, processorCount: Int) {
        self =
            ranksOnHost <= processorCount
            ? WaitStrategy(spinCount: 4000, yieldCount: 2000)
            : WaitStrategy(spinCount: 1, yieldCount: 100)
    }

    /// The longest sleep before the abort word and the deadline are looked at again. A link's
    /// descriptor, or the communicator's failure, ends it earlier.
    package static let sleepMilliseconds: Int32 = 20
}
