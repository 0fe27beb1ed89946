package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Whose threads run a client: the process's, or one of its own.
///
/// On its own thread everything of the client runs: sockets, the asynchronous code, and the timers,
/// which the shared pool would deliver late when its threads are held up.
final class ClientThreads: Sendable {
    let group: MultiThreadedEventLoopGroup
    /// Nil for the process's threads.
    let executor: LoopExecutor?

    init(_ threads: StoreClientConfiguration.Threads) {
        switch threads {
        case .shared:
            group = .singleton
            executor = nil
        case .own:
            group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            executor = LoopExecutor(loop: group.next())
        }
    }

    /// Ends the thread of its own, once nothing needs it any more.
    func stop() {
        guard executor != nil else { return }
        group.shutdownGracefully { _ in }
    }

    /// Waits; returns early when the task is cancelled.
    func sleep(seconds: Double) async {
        guard let executor else {
            try? await Task.sleep(for: .seconds(max(seconds, 0)))
            return
        }
        await executor.sleep(seconds: max(seconds, 0))
    }
}

/// Runs asynchronous code on one event loop.
package final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    package init(loop: any EventLoop) {
        self.loop = loop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    func sleep(seconds: Double) async {
        let alarm = Alarm()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                alarm.set(continuation)
                _ = loop.scheduleTask(in: .nanoseconds(Int64(min(seconds, 1e9) * 1e9))) {
                    alarm.ring()
                }
            }
        } onCancel: {
            alarm.ring()
        }
    }
}

/// Resumes a waiting task once, whoever asks first.
private final class Alarm: Sendable {
    private struct State {
        var hasRung = false
        var continuation: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    func set(_ continuation: CheckedContinuation<Void, Never>) {
        let isLate = state.withLock { state in
            if !state.hasRung { state.continuation = continuation }
            return state.hasRung
        }
        if isLate { continuation.resume() }
    }

    func ring() {
        let waiting = state.withLock { state in
            state.hasRung = true
            return state.continuation.take()
        }
        waiting?.resume()
    }
}
