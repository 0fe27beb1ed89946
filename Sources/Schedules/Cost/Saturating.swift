/// Integer arithmetic on numbers that are not negative, which ends at a quarter of the largest
/// instead of trapping: a few such sums still fit. Predictions stay the same on every machine.
enum Saturating {
    static let limit = Int.max / 4

    static func product(_ left: Int, _ right: Int) -> Int {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? limit : min(product, limit)
    }

    static func sum(_ terms: Int...) -> Int {
        terms.reduce(0) { min($0 + min($1, limit), limit) }
    }
}
