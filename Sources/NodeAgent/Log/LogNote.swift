/// Something for the log, as the state machines answer it: whoever drives them writes it.
package struct LogNote: Sendable, Hashable {
    package var event: AgentEvent
    package var message: String
    package var facts: [String: String]

    package init(_ event: AgentEvent, _ message: String, _ facts: [String: String] = [:]) {
        self.event = event
        self.message = message
        self.facts = facts
    }
}
