/// Which endpoint comes next, and when: decided without clock, socket or chance of its own.
///
/// A client stays with an endpoint while it answers. One that fails rests for a time that doubles
/// with each failure in a row, and the next takes its place.
struct EndpointChoice: Sendable {
    private struct Standing {
        var failureCount = 0
        var restsUntilNanoseconds: UInt64 = 0
    }

    private var standings: [Standing]
    private(set) var current: Int
    private let backoffSeconds: ClosedRange<Double>

    init(count: Int, first: Int, backoffSeconds: ClosedRange<Double>) {
        standings = Array(repeating: Standing(), count: count)
        current = first % count
        self.backoffSeconds = backoffSeconds
    }

    /// The endpoint for the next attempt and how long to wait before it: the current one or those
    /// behind it, the first that need not rest; else the one that rests the shortest.
    func next(nowNanoseconds now: UInt64) -> (index: Int, waitNanoseconds: UInt64) {
        let order = (0..<standings.count).map { (current + $0) % standings.count }
        if let ready = order.first(where: { standings[$0].restsUntilNanoseconds <= now }) {
            return (ready, 0)
        }
        let soonest = order.min {
            standings[$0].restsUntilNanoseconds < standings[$1].restsUntilNanoseconds
        }
        let index = soonest ?? current
        return (index, standings[index].restsUntilNanoseconds - now)
    }

    mutating func succeeded(_ index: Int) {
        standings[index] = Standing()
        current = index
    }

    /// - Parameter draw: from 0 to 1; the rest is drawn from the upper half of what is due, so that
    ///   many clients that lost the same endpoint do not come back together.
    mutating func failed(_ index: Int, nowNanoseconds now: UInt64, draw: Double) {
        let doublings = Double(min(standings[index].failureCount, 30))
        var due = backoffSeconds.lowerBound
        for _ in 0..<Int(doublings) where due < backoffSeconds.upperBound { due *= 2 }
        due = min(due, backoffSeconds.upperBound)
        standings[index].failureCount += 1
        standings[index].restsUntilNanoseconds = now + UInt64(due * (0.5 + draw / 2) * 1e9)
        if current == index { current = (index + 1) % standings.count }
    }
}
