internal import CLinux

/// What a child of `fork()` without `exec` must not keep of its parent.
///
/// Every socket, epoll set, event and process descriptor that Platform makes is guarded: in a child
/// it becomes /dev/null. So the parent's peers see the end of its connections when the parent ends,
/// whatever its children do, and a child that touches the parent's objects reaches nobody.
package enum ForkGuard {
    /// Guards a descriptor until `FileDescriptor` closes it. False where its number is too high
    /// (65,536) to be guarded.
    @discardableResult
    package static func protect(_ descriptor: Int32) -> Bool {
        clinux_guard(descriptor) == 0
    }

    /// Lets children keep a descriptor that is meant for them.
    package static func share(_ descriptor: Int32) {
        clinux_unguard(descriptor)
    }

    /// Rises by one in every child: who was made in another generation belongs to another process.
    /// Costs one load.
    package static var generation: UInt64 { clinux_fork_generation() }
}
