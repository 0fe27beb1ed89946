internal import CLinux
internal import CSharedMemory

/// Wakes the other end of a link where it sleeps, through the connection on which the two met.
///
/// Who is about to sleep says so in the segment, then makes sure that the other end either sees it or
/// has been seen: by a barrier over both processes where the kernel has one, which costs the awake end
/// nothing, else by a fence on either side.
@safe struct Bell {
    let socket: Int32
    /// Whether the awake end has to order its own loads.
    let needsFence: Bool

    init(socket: Int32, needsFence: Bool) {
        self.socket = socket
        self.needsFence = needsFence
    }

    /// Called after something was published or let go.
    @inline(__always)
    func ring(whoSleeps word: UnsafeMutablePointer<UInt64>) {
        if needsFence { cshared_fence() }
        if unsafe cshared_load(word) != 0 { unsafe wake(word) }
    }

    /// Never inlined: hardly anybody sleeps.
    @inline(never)
    private func wake(_ word: UnsafeMutablePointer<UInt64>) {
        unsafe cshared_store(word, 0)
        var byte: UInt8 = 1
        // A full socket wakes as well, and a broken one has ended.
        _ = unsafe clinux_send(socket, &byte, 1)
    }

    /// Called between saying that one sleeps and looking for the last time.
    func fence() {
        if needsFence || cshared_barrier() != 0 { cshared_fence() }
    }

    /// Takes what woke this end out of the socket; false once the other end's process has gone.
    func drain() -> Bool {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while true {
            let count = unsafe clinux_receive(socket, &bytes, 32)
            if count == -Int(EAGAIN) { return true }
            if count <= 0 { return false }
        }
    }
}
