/// Something that will happen at a time, as a plain value.
struct SimulatedEvent: BitwiseCopyable {
    enum Kind: UInt8 {
        // About a stream, `value` is a position in it.
        case settle, arrive, finish, credit
        // About one end of a link, `value` is what it will show.
        case fail, expire
        // About a rank.
        case ready, alarm
    }

    var time: UInt64
    /// Events of the same time happen in the order in which they were added.
    var order: UInt64 = 0
    var value: UInt64
    var subject: Int32
    var kind: Kind

    func precedes(_ other: SimulatedEvent) -> Bool {
        time < other.time || (time == other.time && order < other.order)
    }
}

/// What is going to happen, the soonest first: a binary heap.
struct EventQueue {
    private var heap: [SimulatedEvent] = []
    private var added: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    /// - Complexity: O(log n).
    mutating func add(_ event: SimulatedEvent) {
        var event = event
        event.order = added
        added += 1
        var hole = heap.count
        heap.append(event)
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard event.precedes(heap[parent]) else { break }
            heap[hole] = heap[parent]
            hole = parent
        }
        heap[hole] = event
    }

    /// - Complexity: O(log n).
    mutating func takeFirst() -> SimulatedEvent? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(last) else { break }
            heap[hole] = heap[child]
            hole = child
        }
        heap[hole] = last
        return first
    }
}
