/// Searches cycles that close only from one segment to the next.
///
/// Where a link holds one segment, a borrow's next segment waits until the reduction has consumed
/// the one before. Each event is split into its first segment, all in the middle, and its last; a
/// cycle that leads from the end of one step to the start of another is a real one for some
/// number of segments, while one within the middle only goes on to later segments. So the events
/// wait for ever exactly if a first segment is strongly connected with another vertex (Tarjan:
/// Depth-first search and linear graph algorithms, 1972).
struct SegmentSearch {
    private let events: Events
    /// The order in which vertices were entered, counted from one; 0 for others.
    private var numbers: [Int]
    /// The lowest number that a vertex reaches.
    private var lows: [Int]
    private var isOnStack: [Bool]
    private var stack: [Int] = []
    private var path: [(vertex: Int, firstWait: Int)] = []
    private var waits: [Int] = []
    private var count = 0

    private enum Phase: Int { case first, middle, last }

    init(_ events: Events) {
        self.events = events
        let vertexCount = 3 * events.board.steps.count
        numbers = [Int](repeating: 0, count: vertexCount)
        lows = numbers
        isOnStack = [Bool](repeating: false, count: vertexCount)
    }

    /// The events of a cycle, or nil.
    mutating func run() -> [Int]? {
        for id in events.board.steps.indices where events.leader(of: id) == id {
            let last = vertex(id, .last)
            guard numbers[last] == 0 else { continue }
            if let cycle = visit(from: last) { return cycle }
        }
        return nil
    }

    private func vertex(_ event: Int, _ phase: Phase) -> Int { 3 * event + phase.rawValue }

    private mutating func visit(from start: Int) -> [Int]? {
        enter(start)
        while let (vertex, firstWait) = path.last {
            guard waits.count > firstWait else {
                path.removeLast()
                if let parent = path.last?.vertex { lows[parent] = min(lows[parent], lows[vertex]) }
                if let cycle = closeComponent(of: vertex) { return cycle }
                continue
            }
            let next = waits.removeLast()
            if numbers[next] == 0 {
                enter(next)
            } else if isOnStack[next] {
                lows[vertex] = min(lows[vertex], numbers[next])
            }
        }
        return nil
    }

    private mutating func enter(_ vertex: Int) {
        count += 1
        numbers[vertex] = count
        lows[vertex] = count
        isOnStack[vertex] = true
        stack.append(vertex)
        path.append((vertex, waits.count))
        waits += waitsOf(vertex)
    }

    /// Where the vertex is the first entered of its component, takes the component off the stack.
    private mutating func closeComponent(of vertex: Int) -> [Int]? {
        guard lows[vertex] == numbers[vertex] else { return nil }
        var component: [Int] = []
        while let member = stack.popLast() {
            isOnStack[member] = false
            component.append(member)
            if member == vertex { break }
        }
        guard component.count > 1,
            let first = component.first(where: { $0 % 3 == Phase.first.rawValue })
        else { return nil }
        return cycle(through: first, in: Set(component))
    }

    private func waitsOf(_ vertex: Int) -> [Int] {
        let (event, remainder) = vertex.quotientAndRemainder(dividingBy: 3)
        let phase = Phase(rawValue: remainder) ?? .first
        var waits: [Int] = []
        events.forEachDependency(of: event) { other, isWhole in
            if !isWhole { waits.append(self.vertex(other, phase)) }
            if isWhole, phase == .first { waits.append(self.vertex(other, .last)) }
        }
        let consumer = events.board.consumers[event]
        switch phase {
        case .first:
            events.forEachLanePredecessor(of: event) { waits.append(self.vertex($0, .last)) }
        case .middle:
            waits.append(self.vertex(event, .first))
            if consumer >= 0 {
                waits += [self.vertex(consumer, .first), self.vertex(consumer, .middle)]
            }
        case .last:
            waits.append(self.vertex(event, .middle))
            if consumer >= 0 { waits.append(self.vertex(consumer, .middle)) }
        }
        return waits
    }

    /// The events on a shortest way from a vertex through its component back to it.
    private func cycle(through start: Int, in component: Set<Int>) -> [Int] {
        var origins: [Int: Int] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count, origins[start] == nil {
            for wait in waitsOf(queue[next])
            where component.contains(wait) && origins[wait] == nil {
                origins[wait] = queue[next]
                queue.append(wait)
            }
            next += 1
        }
        var events: [Int] = [start / 3]
        var vertex = origins[start] ?? start
        while vertex != start {
            if events.last != vertex / 3 { events.append(vertex / 3) }
            vertex = origins[vertex] ?? start
        }
        if events.count > 1, events.last == events.first { events.removeLast() }
        return [start / 3] + events.dropFirst().reversed()
    }
}
