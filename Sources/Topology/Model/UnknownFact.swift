/// A fact that is absent, and why.
package struct UnknownFact: Sendable, Hashable {
    /// Where it would stand, in the names of the JSON: `accelerators[0].memoryBytes`. A path ends
    /// where everything behind it is absent.
    package var path: String
    package var reason: String

    init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }
}
