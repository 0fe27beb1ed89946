internal import CLinux

/// CLOCK_MONOTONIC, the only time the library measures and waits by.
package enum Clock {
    package static func nowNanoseconds() -> UInt64 {
        clinux_monotonic_nanoseconds()
    }

    /// Since 1970, by the host's clock, right or wrong: for what people read.
    package static var calendarMilliseconds: Int { Int(clinux_calendar_milliseconds()) }
}

/// The moment after which a call must have ended.
package struct Deadline: Sendable, Hashable, Comparable {
    /// Of `Clock`; `UInt64.max` means never.
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The moment that lies this many seconds ahead; negative counts as now.
    package init(secondsFromNow seconds: Double) {
        nanoseconds = Clock.nowNanoseconds() + Self.distanceNanoseconds(seconds: seconds)
    }

    /// How far so many seconds lie ahead: at most 1e9, for no sum with the clock to overflow.
    package static func distanceNanoseconds(seconds: Double) -> UInt64 {
        UInt64(min(max(seconds, 0), 1e9) * 1e9)
    }

    package static let never = Deadline(nanoseconds: .max)

    package var hasPassed: Bool { Clock.nowNanoseconds() >= nanoseconds }

    /// What is left, 0 when it has passed.
    package var remainingNanoseconds: UInt64 {
        let now = Clock.nowNanoseconds()
        return nanoseconds > now ? nanoseconds - now : 0
    }

    /// What is left for `poll` and `epoll_wait`, rounded up so that a wait never ends early, and
    /// bounded so that it fits; -1 (for ever) is never answered.
    package var remainingMilliseconds: Int32 {
        Int32(clamping: min(remainingNanoseconds / 1_000_000 + 1, 3_600_000))
    }

    package static func < (left: Deadline, right: Deadline) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
