internal import CLinux

/// What the kernel knows of how right its time of day is.
package struct ClockDiscipline: Sendable, Hashable {
    /// Something, such as NTP, keeps it right.
    package var isSynchronised: Bool
    package var maximumErrorMicroseconds: Int

    package init(isSynchronised: Bool, maximumErrorMicroseconds: Int) {
        self.isSynchronised = isSynchronised
        self.maximumErrorMicroseconds = maximumErrorMicroseconds
    }

    /// Asks; changes nothing.
    package static func current() throws(SystemError) -> ClockDiscipline {
        var maximumError: Int64 = 0
        let result = try check(unsafe clinux_clock_discipline(&maximumError), "adjtimex")
        return ClockDiscipline(
            isSynchronised: result == 1, maximumErrorMicroseconds: Int(maximumError))
    }
}
