/// A tree over all ranks.
public struct Tree: Sendable, Hashable {
    /// The parent of each rank; nil for the root alone.
    public let parents: [Int?]
    /// The rank without a parent.
    public let root: Int
    private let childrenByRank: [[Int]]

    /// Throws `invalidTree` unless the parents form one tree that spans all ranks.
    public init(parents: [Int?]) throws(ScheduleError) {
        let roots = parents.indices.filter { parents[$0] == nil }
        guard let root = roots.first, roots.count == 1 else {
            throw ScheduleError(
                .invalidTree, "a tree needs one rank without a parent, found \(roots.count)")
        }
        for (rank, parent) in parents.enumerated() {
            guard let parent else { continue }
            guard parents.indices.contains(parent), parent != rank else {
                throw ScheduleError(
                    .invalidTree,
                    "the parent of rank \(rank) is \(parent), not another of \(parents.count) ranks"
                )
            }
        }
        if let stray = Tree.firstDetached(parents, from: root) {
            throw ScheduleError(
                .invalidTree, "rank \(stray) is not connected to the tree's root \(root)")
        }
        self.parents = parents
        self.root = root
        childrenByRank = Tree.children(parents)
    }

    init(trusted parents: [Int?], root: Int) {
        assert(parents.indices.contains(root) && parents[root] == nil)
        self.parents = parents
        self.root = root
        childrenByRank = Tree.children(parents)
    }

    /// The ranks whose parent is `rank`, ascending.
    public func children(of rank: Int) -> [Int] {
        childrenByRank[rank]
    }

    /// How many edges lie between the root and the rank farthest from it.
    public var depth: Int {
        var depths = [Int?](repeating: nil, count: parents.count)
        depths[root] = 0
        return parents.indices.reduce(0) { max($0, depth(of: $1, known: &depths)) }
    }

    private func depth(of rank: Int, known depths: inout [Int?]) -> Int {
        var path: [Int] = []
        var ancestor = rank
        while depths[ancestor] == nil, let parent = parents[ancestor] {
            path.append(ancestor)
            ancestor = parent
        }
        var depth = depths[ancestor] ?? 0
        for descendant in path.reversed() {
            depth += 1
            depths[descendant] = depth
        }
        return depth
    }

    private static func children(_ parents: [Int?]) -> [[Int]] {
        var children = [[Int]](repeating: [], count: parents.count)
        for (rank, parent) in parents.enumerated() {
            if let parent { children[parent].append(rank) }
        }
        return children
    }

    /// The first rank from which the parents do not lead to the root.
    private static func firstDetached(_ parents: [Int?], from root: Int) -> Int? {
        var reaches = [Bool](repeating: false, count: parents.count)
        reaches[root] = true
        for rank in parents.indices {
            var path: [Int] = []
            var ancestor = rank
            while !reaches[ancestor], path.count < parents.count, let parent = parents[ancestor] {
                path.append(ancestor)
                ancestor = parent
            }
            guard reaches[ancestor] else { return rank }
            for descendant in path { reaches[descendant] = true }
        }
        return nil
    }
}
