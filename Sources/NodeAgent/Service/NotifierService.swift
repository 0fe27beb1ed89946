internal import NIOCore
internal import Platform
internal import ServiceLifecycle

/// Keeps the service manager informed: that the agent is ready, what it does, that it lives, that it
/// stops.
///
/// It lives when the thread that renews the lease answers: a process whose timer alone goes on is
/// none that should be left running.
struct NotifierService: Service {
    let notifier: SystemdNotifier
    let thread: AgentThread
    let status: StatusHolder

    func run() async throws {
        guard notifier.isAsked else { return await untilShutdown() }
        notifier.send("READY=1", "STATUS=\(statusText)")
        let beat = notifier.watchdogSeconds.map { $0 / 3 } ?? 1
        await cancelWhenGracefulShutdown {
            var said = ""
            while !Task.isCancelled {
                let text = statusText
                if text != said { notifier.send("STATUS=\(text)") }
                said = text
                if notifier.watchdogSeconds != nil, await isAnswering {
                    notifier.send("WATCHDOG=1")
                }
                try? await Task.sleep(for: .seconds(min(beat, 1)))
            }
        }
        notifier.send("STOPPING=1", "STATUS=leaving")
    }

    private func untilShutdown() async {
        try? await gracefulShutdown()
    }

    private var isAnswering: Bool {
        get async { (try? await thread.loop.submit { true }.get()) == true }
    }

    private var statusText: String {
        let status = status.snapshot
        return "\(status.phase.rawValue): \(status.reason)"
    }
}
