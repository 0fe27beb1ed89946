/// What the ranks of a communicator compute together.
///
/// Raw values travel on the wire and stand in saved plans: never renumber them.
public enum Collective: UInt8, Sendable, Hashable, CaseIterable {
    /// Every rank ends with the reduction of all inputs.
    case allReduce = 1
    /// Rank `r` ends with part `r` of the reduction of all inputs.
    case reduceScatter = 2
    /// Every rank ends with all inputs, in the order of the ranks.
    case allGather = 3
    /// Every rank ends with the root's input.
    case broadcast = 4
    /// The root ends with the reduction of all inputs.
    case reduce = 5
    /// No rank passes before every rank has arrived; scheduled as an all-reduce of one byte.
    case barrier = 6
}
