/// Where one change stands in the history: the revision of its transaction, and its place among the
/// transaction's changes. One number, so that the history's order is that of its row ids.
struct Position: Hashable, Comparable, Sendable {
    let rawValue: Int64

    /// Changes of one transaction: more than any request can name, also by ranges.
    static let placeCount: Int64 = 1 << 20

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    init(revision: Int64, place: Int64) {
        assert((0..<Self.placeCount).contains(place))
        rawValue = revision * Self.placeCount + place
    }

    /// The first place of a revision.
    static func start(of revision: Int64) -> Position {
        // A client may ask for any revision at all.
        let highest = Int64.max / placeCount - 1
        return Position(revision: min(max(revision, 0), highest), place: 0)
    }

    var revision: Int64 { rawValue / Self.placeCount }

    static func < (left: Position, right: Position) -> Bool { left.rawValue < right.rawValue }
}
