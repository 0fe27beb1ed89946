internal import CLinux

/// Lines for operators, on standard error. `MARTLET_LOG` sets the level: error, warning (the
/// default), info or debug. Never called on the data path.
package enum Log {
    package enum Level: Int, Sendable, Comparable {
        case error, warning, info, debug

        package init?(name: String) {
            switch name {
            case "error": self = .error
            case "warning": self = .warning
            case "info": self = .info
            case "debug": self = .debug
            default: return nil
            }
        }

        package static func < (left: Level, right: Level) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// Read once: the environment of a process does not change for its library. A name that is
    /// none is refused where a process joins.
    private static let threshold: Level =
        Host.environment("MARTLET_LOG").flatMap(Level.init(name:)) ?? .warning

    package static func write(_ level: Level, _ message: @autoclosure () -> String) {
        guard level <= threshold else { return }
        let line = "martlet[\(Host.processIdentifier)] \(level): \(message())\n"
        // One write per line, so that lines of many ranks do not mix.
        var copy = line
        copy.withUTF8 { bytes in
            _ = unsafe clinux_write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
