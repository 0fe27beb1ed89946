internal import CLinux

/// Some signals.
package struct SignalSet: Sendable {
    internal var storage: sigset_t

    package init(_ numbers: [Int32]) {
        storage = sigset_t()
        unsafe sigemptyset(&storage)
        for number in numbers { unsafe sigaddset(&storage, number) }
    }

    private init(storage: sigset_t) {
        self.storage = storage
    }

    /// Keeps these signals from interrupting this thread; answers what was blocked before.
    /// Threads and processes made afterwards inherit it.
    package func block() throws(SystemError) -> SignalSet {
        var set = storage
        var before = sigset_t()
        try check(unsafe clinux_signal_mask(SIG_BLOCK, &set, &before), "sigprocmask")
        return SignalSet(storage: before)
    }
}

/// What may be done with signals as a whole.
package enum Signals {
    /// Whether this process was told to ignore a signal, as `nohup` does with SIGHUP.
    package static func isIgnored(_ number: Int32) -> Bool {
        clinux_signal_is_ignored(number) != 0
    }

    package static func ignore(_ number: Int32) {
        clinux_signal_ignore(number)
    }

    /// Back to what the kernel does by itself.
    package static func reset(_ number: Int32) {
        clinux_signal_reset(number)
    }

    /// Sends a signal to a process, or to the process group `-identifier`. That it is gone already
    /// is no failure.
    package static func send(_ number: Int32, to identifier: Int32) throws(SystemError) {
        let result = clinux_kill(identifier, number)
        if result != -ESRCH { try check(result, "kill \(identifier)") }
    }

    /// `SIGKILL` and so on.
    package static func name(of number: Int32) -> String {
        // From the C library, which knows the order of this architecture.
        guard let name = unsafe clinux_signal_abbreviation(number) else {
            return "signal \(number)"
        }
        return unsafe "SIG" + String(cString: name)
    }
}

/// Blocked signals as readable events.
package struct SignalDescriptor: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    /// The signals should be blocked already.
    package init(_ signals: SignalSet) throws(SystemError) {
        var set = signals.storage
        descriptor = FileDescriptor(owning: try check(unsafe clinux_signalfd(&set), "signalfd"))
    }

    /// The next signal that arrived, nil when there is none.
    package func next() -> Int32? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        let count = unsafe clinux_read(descriptor.rawValue, &information, size)
        return count == size ? Int32(information.ssi_signo) : nil
    }
}
