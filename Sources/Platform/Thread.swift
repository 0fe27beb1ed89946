internal import CLinux

/// A thread with all signals blocked, that somebody joins.
package struct Thread: ~Copyable, @unchecked Sendable {
    // pthread_t may be joined from any one thread; `join` consumes the only owner.
    private let handle: pthread_t

    /// Starts `body` at once. `name` shows in `ps -L`; 15 bytes at most. On a machine of several NUMA
    /// nodes the thread runs on the processors of `node` where one is named, as far as the process
    /// may use them.
    package init(
        name: String, stackByteCount: Int = 512 << 10, node: Int? = nil,
        body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        var handle = pthread_t()
        let placed: @Sendable () -> Void = {
            // Where it has no processors there, it runs on those that it has.
            if let node { _ = try? NUMA.runThread(onNode: node) }
            body()
        }
        let box = unsafe Unmanaged.passRetained(Body(node == nil ? body : placed))
        let result = unsafe clinux_thread_start(
            &handle, name, stackByteCount,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, box.toOpaque())
        if result < 0 { unsafe box.release() }
        try check(result, "start thread \(name)")
        self.handle = handle
    }

    /// Waits for the thread's end.
    package consuming func join() {
        _ = pthread_join(handle, nil)
    }

    /// Lets the thread end by itself, whenever it does.
    package consuming func detach() {
        _ = pthread_detach(handle)
    }

    /// Rests; for the control plane, where nothing can be waited for.
    package static func sleep(milliseconds: Int32) {
        _ = clinux_poll(nil, 0, milliseconds)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// Gives the core away for about a tenth of a millisecond: for waits on the data path, which whole
/// milliseconds would slow down.
package func sleepBriefly() {
    var pause = timespec(tv_sec: 0, tv_nsec: 100_000)
    _ = unsafe nanosleep(&pause, nil)
}

/// Lets another thread run on this core, where one waits for it.
package func yieldProcessor() {
    sched_yield()
}
