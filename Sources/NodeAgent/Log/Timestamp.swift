internal import Glibc
internal import Platform

/// A moment of the calendar, in UTC, to the millisecond. For people and files alone: what is
/// measured or waited for goes by CLOCK_MONOTONIC.
package struct Timestamp: Sendable, Hashable {
    /// Since 1970.
    package var milliseconds: Int

    package init(milliseconds: Int) {
        self.milliseconds = milliseconds
    }

    /// By the host's clock, right or wrong.
    package static func now() -> Timestamp {
        Timestamp(milliseconds: Clock.calendarMilliseconds)
    }

    package var seconds: Double { Double(milliseconds) / 1000 }
}

extension Timestamp: Comparable {
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// `2026-11-28T22:33:47.123Z`
    package var description: String {
        var seconds = time_t(milliseconds.flooredQuotient(1000))
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        let fields: [(Int32, Int)] = unsafe [
            (parts.tm_year + 1900, 4), (parts.tm_mon + 1, 2), (parts.tm_mday, 2),
            (parts.tm_hour, 2), (parts.tm_min, 2), (parts.tm_sec, 2),
        ]
        let text = fields.map { Self.digits(Int($0), $1) }
        let fraction = Self.digits(milliseconds - Int(seconds) * 1000, 3)
        return "\(text[0])-\(text[1])-\(text[2])T\(text[3]):\(text[4]):\(text[5]).\(fraction)Z"
    }

    private static func digits(_ value: Int, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}

extension Int {
    fileprivate func flooredQuotient(_ divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
