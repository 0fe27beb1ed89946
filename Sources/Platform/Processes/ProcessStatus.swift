internal import CLinux

/// How a process ended.
package struct ProcessStatus: Sendable, Hashable {
    /// As `waitpid` tells it.
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The status of a process that called `exit(code)`.
    package static func exited(_ code: Int32) -> ProcessStatus {
        ProcessStatus(rawValue: (code & 0xff) << 8)
    }

    /// The status of a process that a signal killed.
    package static func killed(bySignal number: Int32) -> ProcessStatus {
        ProcessStatus(rawValue: number & 0x7f)
    }

    package var isSuccess: Bool { rawValue == 0 }

    /// The signal that killed the process, nil when it exited by itself.
    package var signal: Int32? {
        let number = clinux_wait_signal(rawValue)
        return number == 0 ? nil : number
    }

    package var exitCode: Int32? {
        clinux_wait_exited(rawValue) == 0 ? nil : clinux_wait_exit_code(rawValue)
    }

    package var dumpedCore: Bool { clinux_wait_dumped_core(rawValue) != 0 }

    /// The exit status that a shell reports: 128 + signal for a killed process.
    package var shellStatus: Int32 {
        signal.map { 128 + $0 } ?? exitCode ?? 1
    }
}
