import Schedules

/// A call as a script writes it and as an error message describes it.
struct CallSketch: Sendable, Hashable {
    var collective: Collective
    var count = 8
    var type = "float32"
    var operation = "sum"
    var root = 0

    var step: String {
        "call:collective=\(collective.name),count=\(count),type=\(type),operation=\(operation),"
            + "root=\(root)"
    }

    /// Whether these words of an error message describe this call.
    func isDescribed(by text: String) -> Bool {
        guard text.hasPrefix("\(collective.name) #") else { return false }
        if collective == .barrier { return true }
        let contents =
            collective.reduces ? "(\(operation) of \(count) \(type)" : "(\(count) \(type)"
        return text.contains(contents) && (!collective.isRooted || text.contains("root \(root)"))
    }

    /// Whether a rank may return success although ranks outside of its group disagree: it depends
    /// on nobody, or only on ranks that agree with it.
    func maySucceed(rank: Int, among group: Set<Int>) -> Bool {
        switch collective {
        case .broadcast: rank == root || group.contains(root)
        case .reduce: rank != root
        default: false
        }
    }
}
