internal import CReductionKernels
internal import Platform
internal import Synchronization

/// The one thread of a process that carries non-blocking operations on, of all communicators. It
/// starts with the first of them and sleeps while there are none.
///
/// It is not the service thread: that one must answer heartbeats in time, also while hundreds of
/// megabytes are being reduced.
final class ProgressThread: Sendable {
    /// The one of this process. A child of `fork()` has none of its parent's threads, and the
    /// parent's lock may be held for ever there: so it gets one of its own.
    private static let instance = Atomic<UInt>(0)
    private let generation = ForkGuard.generation

    /// The thread, which runs from the first call on, on the NUMA node that this first call names.
    static func started(onNode node: Int?) throws(CollectiveError) -> ProgressThread {
        let thread = shared
        try thread.start(onNode: node)
        return thread
    }

    private static var shared: ProgressThread {
        while true {
            let found = instance.load(ordering: .acquiring)
            if let place = unsafe UnsafeRawPointer(bitPattern: found) {
                let thread = unsafe Unmanaged<ProgressThread>.fromOpaque(place)
                    .takeUnretainedValue()
                if thread.generation == ForkGuard.generation { return thread }
            }
            let made = unsafe Unmanaged.passRetained(ProgressThread())
            let (exchanged, _) = unsafe instance.compareExchange(
                expected: found, desired: UInt(bitPattern: made.toOpaque()),
                ordering: .acquiringAndReleasing)
            if !exchanged { unsafe made.release() }
        }
    }

    /// Fruitless rounds with a yield each before the thread begins to sleep between them.
    private static let yieldLimit = 4000

    private struct State {
        var engines: [Engine] = []
        var isStarted = false
    }
    private let state = Monitor(State())

    /// Sees to an engine until it has no requests left.
    func serve(_ engine: Engine) {
        state.update { state in
            if !state.engines.contains(where: { $0 === engine }) { state.engines.append(engine) }
        }
    }

    private func start(onNode node: Int?) throws(CollectiveError) {
        do {
            try state.update { (state) throws(SystemError) in
                guard !state.isStarted else { return }
                // It lives as long as the process, asleep when there is nothing to do.
                let thread = try Thread(name: "martlet-progress", node: node) {
                    self.run()
                }
                thread.detach()
                state.isStarted = true
            }
        } catch {
            throw CollectiveError(error, phase: .operation)
        }
    }

    private func run() {
        // For good: this thread runs nobody else's arithmetic.
        _ = creduction_environment_enter()
        var idle = 0
        while true {
            let engines = state.wait(until: .never) { state -> [Engine]? in
                // An engine with nothing to do comes back with its next request.
                state.engines.removeAll { !$0.hasRequests }
                return state.engines.isEmpty ? nil : state.engines
            }
            var moved = false
            let isAlone = engines?.count == 1
            for engine in engines ?? [] where engine.tryTake() {
                switch engine.advance(isAlone: isAlone) {
                case .moved: moved = true
                case .waiting(let step) where isAlone: engine.pass(step)
                case .waiting, .idle: break
                }
                engine.letGo()
            }
            idle = moved ? 0 : idle + 1
            if idle > Self.yieldLimit {
                sleepBriefly()
            } else if idle > 0 {
                yieldProcessor()
            }
        }
    }
}
