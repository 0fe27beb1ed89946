/// Something that operators read in the log. Names stay the same across versions.
package struct AgentEvent: Sendable, Hashable {
    package enum Level: String, Sendable { case debug, info, notice, warning, error }

    package var level: Level
    /// `registration.claimed`: the part of the agent, and what happened.
    package var name: String
    package var message: String
    package var fields: [String: String]

    package init(
        _ level: Level, _ name: String, _ message: String, _ fields: [String: String] = [:]
    ) {
        self.level = level
        self.name = name
        self.message = message
        self.fields = fields
    }
}
