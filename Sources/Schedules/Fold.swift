/// How any number of ranks becomes a power of two: the first positions stand in pairs, of which
/// the first speaks for both.
struct Fold {
    enum Role: Hashable {
        /// Takes part with an index of the core, and speaks for a guest where there is one.
        case core(index: Int, guest: Int?)
        /// Takes no part but through its partner.
        case outside(partner: Int)
    }

    /// The largest power of two not above the number of ranks.
    let coreCount: Int
    let role: Role
    private let order: [Int]

    init(_ seat: Seat) {
        coreCount = 1 << (Int.bitWidth - 1 - seat.count.leadingZeroBitCount)
        order = seat.order
        let pairCount = seat.count - coreCount
        if seat.position >= 2 * pairCount {
            role = .core(index: seat.position - pairCount, guest: nil)
        } else if seat.position.isMultiple(of: 2) {
            role = .core(index: seat.position / 2, guest: order[seat.position + 1])
        } else {
            role = .outside(partner: order[seat.position - 1])
        }
    }

    /// `log₂ coreCount`.
    var roundCount: Int { coreCount.trailingZeroBitCount }

    private var pairCount: Int { order.count - coreCount }

    /// The ranks that an index of the core speaks for, the speaker first.
    func ranks(ofCore index: Int) -> ArraySlice<Int> {
        index < pairCount
            ? order[2 * index..<2 * index + 2]
            : order[index + pairCount..<index + pairCount + 1]
    }

    func rank(ofCore index: Int) -> Int {
        order[index < pairCount ? 2 * index : index + pairCount]
    }
}
