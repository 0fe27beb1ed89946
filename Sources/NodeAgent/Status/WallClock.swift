internal import Glibc

/// The time of day, for people. Nothing is decided by it.
package enum WallClock {
    package static func nowUnixSeconds() -> Int {
        time(nil)
    }
}
