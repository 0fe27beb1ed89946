/// How one direction of a simulated link behaves. Everything random comes from the network's seed.
package struct LinkConditions: Sendable, Hashable {
    /// How long a byte travels, and how long its acknowledgement travels back.
    package var latencyNanoseconds: ClosedRange<UInt64> = 5_000...50_000
    /// How long a byte occupies the line.
    package var nanosecondsPerByte = 1
    /// The most that may be accepted and not yet taken by the receiver.
    package var windowByteCount = 64 << 10
    /// What is sent in one call arrives in so many pieces at most, cut anywhere.
    package var fragmentLimit = 1
    /// How long after it accepted bytes the link reads them from the sender's memory; nil where it
    /// copies at once, as a kernel does. The sender that overwrites too early sends wrong bytes.
    package var settlingNanoseconds: ClosedRange<UInt64>?
    /// How many of a hundred calls move less than they could, down to a single byte…
    package var partialPercent = 0
    /// …and how many move nothing, and let the rank try again.
    package var hesitationPercent = 0
    /// The most that the receiving end lends at once.
    package var lendingByteCount = 4096

    package init() {}
}
