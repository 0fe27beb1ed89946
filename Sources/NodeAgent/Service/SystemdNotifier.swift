internal import Platform

/// Tells the service manager how the agent does, where it asked for that by NOTIFY_SOCKET; see
/// sd_notify(3).
package struct SystemdNotifier: Sendable {
    private let socketPath: String?
    /// How often it wants to hear that the agent lives; nil where it does not.
    package let watchdogSeconds: Double?

    package init(environment: (String) -> String? = Host.environment) {
        socketPath = environment("NOTIFY_SOCKET")
        let isOurs = environment("WATCHDOG_PID").map { Int32($0) == Host.processIdentifier } ?? true
        watchdogSeconds =
            isOurs
            ? environment("WATCHDOG_USEC").flatMap { Double($0) }.map { $0 / 1e6 } : nil
    }

    package var isAsked: Bool { socketPath != nil }

    /// Sends lines such as `READY=1`. Never blocks; a manager that does not listen is no failure.
    package func send(_ lines: String...) {
        guard let socketPath else { return }
        try? LocalDatagram.send(Array(lines.joined(separator: "\n").utf8), to: socketPath)
    }
}
