/// What values are made of: each distinct order of combining contributions has one number.
///
/// The numbers below the rank count are the ranks' own contributions. Whether two ranks end with
/// the same bits is then a comparison of numbers. A chunk needs no mention: both ends of a link and
/// all operands of a reduction are known to mean the same chunks.
struct Expressions {
    private struct Node {
        var left: Int
        /// -1 for the completion of `left`.
        var right: Int
        /// How many contributions it holds, counted as often as they occur.
        var count: Int
        var isComplete: Bool
        /// The step that first made it.
        var maker: Int
    }

    private let rankCount: Int
    private var nodes: [Node] = []
    private var numbers: [Int: Int] = [:]

    init(rankCount: Int) {
        self.rankCount = rankCount
        nodes.reserveCapacity(rankCount)
        for _ in 0..<rankCount {
            nodes.append(Node(left: -1, right: -1, count: 1, isComplete: rankCount == 1, maker: -1))
        }
    }

    mutating func combine(_ left: Int, _ right: Int, by step: Int) -> Int {
        number(left, right, by: step)
    }

    mutating func complete(_ value: Int, by step: Int) -> Int {
        number(value, -1, by: step)
    }

    /// Whether it holds exactly one contribution of each rank.
    func isComplete(_ value: Int) -> Bool { nodes[value].isComplete }

    /// Whether a final combination made it.
    func isFinal(_ value: Int) -> Bool { value >= rankCount && nodes[value].right < 0 }

    func count(_ value: Int) -> Int { nodes[value].count }

    private mutating func number(_ left: Int, _ right: Int, by step: Int) -> Int {
        let key = left << 32 | (right & 0xFFFF_FFFF)
        if let known = numbers[key] { return known }
        let count = nodes[left].count + (right < 0 ? 0 : nodes[right].count)
        let number = nodes.count
        nodes.append(Node(left: left, right: right, count: count, isComplete: false, maker: step))
        if count == rankCount { nodes[number].isComplete = distinct(number) }
        numbers[key] = number
        return number
    }

    private func distinct(_ value: Int) -> Bool {
        var seen = [Bool](repeating: false, count: rankCount)
        var open = [value]
        while let next = open.popLast() {
            if next < rankCount {
                if seen[next] { return false }
                seen[next] = true
                continue
            }
            open.append(nodes[next].left)
            if nodes[next].right >= 0 { open.append(nodes[next].right) }
        }
        return true
    }
}

extension Expressions {
    /// The first rank that contributes twice and the step that let it, for messages.
    func doubled(in value: Int) -> (rank: Int, step: Int)? {
        var contributions: [Int: Set<Int>] = [:]
        // Operands were numbered before what is made of them.
        for number in parts(of: value).sorted() {
            if number < rankCount {
                contributions[number] = [number]
                continue
            }
            let left = contributions[nodes[number].left] ?? []
            let right = contributions[nodes[number].right] ?? []
            if let rank = left.intersection(right).min() { return (rank, nodes[number].maker) }
            contributions[number] = left.union(right)
        }
        return nil
    }

    /// The ranks that do not contribute, for messages.
    func missing(in value: Int) -> [Int] {
        let parts = parts(of: value)
        return (0..<rankCount).filter { !parts.contains($0) }
    }

    private func parts(of value: Int) -> Set<Int> {
        var parts: Set<Int> = []
        var open = [value]
        while let next = open.popLast() {
            guard parts.insert(next).inserted else { continue }
            guard next >= rankCount else { continue }
            open.append(nodes[next].left)
            if nodes[next].right >= 0 { open.append(nodes[next].right) }
        }
        return parts
    }
}
