/// A rank's place in an order of ranks.
///
/// Generators count in positions, so that any order a topology suggests costs them nothing.
struct Seat {
    /// The rank at each position.
    let order: [Int]
    /// The position of the rank whose program is made.
    let position: Int

    init(rank: Int, pattern: Pattern) {
        order = pattern.order
        position = pattern.positions[rank]
    }

    var rank: Int { order[position] }
    var count: Int { order.count }
    var next: Int { order[wrapped(position + 1)] }
    var previous: Int { order[wrapped(position - 1)] }

    /// The position in `0..<count` that equals `position` modulo `count`.
    func wrapped(_ position: Int) -> Int {
        let remainder = position % count
        return remainder < 0 ? remainder + count : remainder
    }

    /// The other ranks, beginning behind this one, so that not everyone turns to the same rank.
    var others: [Int] { (1..<count).map { order[wrapped(position + $0)] } }

    /// How many positions behind `rank` this seat is, around the order.
    func distance(from rank: Int) -> Int {
        wrapped(position - (order.firstIndex(of: rank) ?? 0))
    }
}
