import Topology

extension HostTopology {
    /// The machine of a file that lstopo exported; what is wrong with the file complains in one line
    /// that names it.
    static func named(_ path: String) throws -> HostTopology {
        guard !path.isEmpty else { throw Complaint("expected the name of a file", exitStatus: 64) }
        do {
            return try importing(path: path)
        } catch {
            throw Complaint("\(error.code == .unreadable ? "" : "\(path): ")\(error)")
        }
    }
}
