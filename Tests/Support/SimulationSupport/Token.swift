/// What an alarm is about, in 64 bits.
struct Token {
    enum Kind: UInt8 {
        /// A rank begins its next call, or looks after the one under way.
        case begin, look
        /// A rank's process ends after its communicator failed.
        case exit
        /// Liveness: time passed, a message or the end of a connection arrives, a process ended,
        /// the engine has something to tell.
        case tick, message, linkDown, processEnded, command
        /// The scenario's fault strikes, and ends.
        case strike, relief
    }

    var kind: Kind
    /// 24 bits.
    var first = 0
    /// 32 bits.
    var second = 0

    init(_ kind: Kind, _ first: Int = 0, _ second: Int = 0) {
        self.kind = kind
        self.first = first
        self.second = second
    }

    init?(_ bits: UInt64) {
        guard let kind = Kind(rawValue: UInt8(bits >> 56)) else { return nil }
        self.init(kind, Int(bits >> 32 & 0xff_ffff), Int(bits & 0xffff_ffff))
    }

    var bits: UInt64 { UInt64(kind.rawValue) << 56 | UInt64(first) << 32 | UInt64(second) }
}

/// Values that wait for their alarms.
struct Slab<Value> {
    private var values: [Value?] = []
    private var free: [Int] = []

    var count: Int { values.count - free.count }

    mutating func put(_ value: Value) -> Int {
        if let index = free.popLast() {
            values[index] = value
            return index
        }
        values.append(value)
        return values.count - 1
    }

    mutating func take(_ index: Int) -> Value? {
        defer {
            values[index] = nil
            free.append(index)
        }
        return values[index]
    }
}
