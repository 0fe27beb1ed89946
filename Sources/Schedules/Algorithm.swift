/// The family of schedules that carries a collective.
///
/// Raw values travel on the wire and stand in saved plans: never renumber them.
public enum Algorithm: UInt8, Sendable, Hashable, CaseIterable {
    /// Neighbours in a ring; the fewest bytes, the most steps.
    case ring = 1
    /// Two complementary binary trees, half of the buffer each; few steps, pipelined.
    case tree = 2
    /// Recursive halving and doubling; few steps and the fewest bytes, on far links.
    case halvingDoubling = 3
    /// Everybody with everybody, in one step; the lowest latency, the most bytes.
    case direct = 4
    /// Everybody with one rank and back; the fewest messages, all of them the center's.
    case star = 5
}
