package import ClusterStore
package import NIOCore
internal import NIOPosix

/// A thread of the agent's own, with its event loop: for what must happen in time.
package final class AgentThread: Sendable {
    package let loop: any EventLoop
    package let executor: LoopExecutor
    private let group: MultiThreadedEventLoopGroup

    package init() {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
        executor = LoopExecutor(loop: loop)
    }

    /// Ends the thread; nothing may be posted any more.
    package func stop() async {
        try? await group.shutdownGracefully()
    }
}
