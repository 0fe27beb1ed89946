/// Reduce up trees that grow from the root, each of which carries an equal chunk of the buffer: the
/// mirror image of ``TreeBroadcast``.
///
/// Steps: the depth, `1 + ⌊log₂ (n - 1)⌋` for the default pair. Bytes sent by each rank but the
/// root: once the buffer, which is the least possible. The output of inner ranks holds what passes
/// through. Source: Sanders, Speck and Träff: Two-tree algorithms for full bandwidth broadcast,
/// reduction and scan, 2009.
enum TreeReduce {
    static func draft(rank: Int, trees: [Tree]) -> Draft {
        var draft = Draft(chunkCount: trees.count)
        for (chunk, tree) in trees.enumerated() {
            TreeAllReduce.climb(rank: rank, tree: tree, chunk: chunk, into: &draft)
        }
        return draft
    }
}
