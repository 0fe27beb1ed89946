/// How lines of the log look.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people: `2026-11-28T22:33:47.123Z warning lease.lost: … leaseSeconds=15`.
    case text
    /// For programs: an object on each line.
    case json
}
