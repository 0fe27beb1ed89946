/// All-reduce up and down trees, each of which carries an equal chunk of the buffer.
///
/// Each inner rank combines its children's chunks with its own input and sends the outcome up; the
/// complete chunk comes down the same edges. Segments stream through both directions. With the
/// default pair of trees no rank is an inner one twice.
///
/// Steps: twice the depth, `2 ⌊log₂ n⌋` for the default pair. Bytes sent by each rank: half of the
/// buffer once per edge of each of the two trees, at most twice the buffer. Source: Sanders, Speck
/// and Träff: Two-tree algorithms for full bandwidth broadcast, reduction and scan, 2009.
///
/// Every step up stands before every step down, tree after tree, and a lane keeps that order on
/// both of its ends; no step thus waits for one that comes later in it, and lanes close no cycle.
enum TreeAllReduce {
    static func draft(rank: Int, trees: [Tree]) -> Draft {
        var draft = Draft(chunkCount: trees.count)
        let climbs = trees.indices.map { index in
            climb(rank: rank, tree: trees[index], chunk: index, into: &draft)
        }
        for (index, climb) in climbs.enumerated() {
            descend(rank: rank, tree: trees[index], chunk: index, after: climb, into: &draft)
        }
        return draft
    }

    /// Combines what the children send with the own input, and sends it up. Returns the last step:
    /// at the root the final reduction, else the send to the parent.
    @discardableResult
    static func climb(rank: Int, tree: Tree, chunk: Int, into draft: inout Draft) -> Int {
        let chunks = chunk..<chunk + 1
        let children = tree.children(of: rank)
        let parent = tree.parents[rank]
        if let parent, children.isEmpty {
            return draft.send(chunks, to: parent, from: .input)
        }
        var operands: [(rank: Int, source: Source)] = [(rank, .local(.input))]
        for child in children {
            operands.append((child, .lent(step: draft.borrow(chunks, from: child))))
        }
        let reduced = draft.reduce(chunks, Source.inRankOrder(operands), isFinal: parent == nil)
        guard let parent else { return reduced }
        return draft.send(chunks, to: parent, from: .output, after: [.prefix(of: reduced)])
    }

    /// Takes the complete chunk from the parent and passes it to the children.
    private static func descend(
        rank: Int, tree: Tree, chunk: Int, after climb: Int, into draft: inout Draft
    ) {
        let chunks = chunk..<chunk + 1
        var ready = climb
        if let parent = tree.parents[rank] {
            // The memory it arrives in may still be on its way up.
            ready = draft.receive(chunks, from: parent, after: [.prefix(of: climb)])
        }
        for child in tree.children(of: rank) {
            draft.send(chunks, to: child, from: .output, after: [.prefix(of: ready)])
        }
    }
}
