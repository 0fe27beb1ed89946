internal import Synchronization

/// The configuration that counts at the moment: the one of the start, with what was taken up since.
package final class RunningConfiguration: Sendable {
    private let state: Mutex<AgentConfiguration>

    package init(_ values: AgentConfiguration) {
        state = Mutex(values)
    }

    package var values: AgentConfiguration { state.withLock { $0 } }

    /// What differs in a configuration that was read again.
    package struct Changes: Sendable {
        /// Keys that count from now on.
        package var taken: [ConfigurationKey] = []
        /// Keys that count from the next start on.
        package var waiting: [ConfigurationKey] = []

        /// One sentence for the log.
        package var text: String {
            func names(_ keys: [ConfigurationKey]) -> String {
                keys.map(\.path).joined(separator: ", ")
            }
            let parts = [
                taken.isEmpty ? nil : "taken up: \(names(taken))",
                waiting.isEmpty ? nil : "waiting for a restart: \(names(waiting))",
            ].compactMap(\.self)
            return parts.isEmpty
                ? "the configuration is as before; certificates are read again by themselves"
                : parts.joined(separator: "; ")
        }
    }

    /// Takes what may change while the agent runs, and says what did and what did not.
    package func take(_ new: AgentConfiguration) -> Changes {
        state.withLock { values in
            var changes = Changes()
            for key in ConfigurationKey.all where key.show(values) != key.show(new) {
                guard key.isReloadable else {
                    changes.waiting.append(key)
                    continue
                }
                // What a key shows, it takes.
                let isSet = key.set(&values, key.show(new) ?? "")
                assert(isSet, key.path)
                changes.taken.append(key)
            }
            return changes
        }
    }
}
