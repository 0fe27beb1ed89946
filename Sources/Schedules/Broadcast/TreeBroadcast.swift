/// Broadcast down trees that grow from the root, each of which carries an equal chunk of the buffer.
/// Segments stream downwards; with the default pair of trees no rank but the root is an inner one
/// twice.
///
/// Steps: the depth, `1 + ⌊log₂ (n - 1)⌋` for the default pair. Bytes sent: half of the buffer for
/// each child in each of the two trees, at most once the buffer. Source: Sanders, Speck and Träff:
/// Two-tree algorithms for full bandwidth broadcast, reduction and scan, 2009.
enum TreeBroadcast {
    static func draft(rank: Int, trees: [Tree]) -> Draft {
        var draft = Draft(chunkCount: trees.count)
        for (chunk, tree) in trees.enumerated() {
            let chunks = chunk..<chunk + 1
            let received = tree.parents[rank].map { draft.receive(chunks, from: $0) }
            for child in tree.children(of: rank) {
                draft.send(
                    chunks, to: child, from: received == nil ? .input : .output,
                    after: received.map { [.prefix(of: $0)] } ?? [])
            }
            if received == nil { draft.copy(chunks) }
        }
        return draft
    }
}
