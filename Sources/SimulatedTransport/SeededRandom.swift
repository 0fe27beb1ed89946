/// SplitMix64 (Steele, Lea and Flood, 2014): the same seed gives the same run.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// A number of the range; cheaper than the standard library's, and as good for a simulation.
    package mutating func draw(_ range: ClosedRange<UInt64>) -> UInt64 {
        let span = range.upperBound - range.lowerBound
        guard span > 0 else { return range.lowerBound }
        guard span < .max else { return next() }
        return range.lowerBound + next().multipliedFullWidth(by: span + 1).high
    }

    package mutating func draw(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(draw(0...UInt64(range.upperBound - range.lowerBound)))
    }

    /// True in so many of a hundred cases.
    package mutating func chance(_ percent: Int) -> Bool {
        percent > 0 && draw(1...100) <= percent
    }
}
