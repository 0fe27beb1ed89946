internal import Platform

/// A thread in an array: `Thread` cannot be copied.
package final class JoinableThread {
    private var thread: Thread?

    package init(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
        thread = try Thread(name: name, body: body)
    }

    package func join() {
        if let thread = thread.take() { thread.join() }
    }
}
