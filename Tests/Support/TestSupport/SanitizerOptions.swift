internal import Platform

/// What tells a sanitizer how to run: for children that get nothing else of our environment.
package enum SanitizerOptions {
    package static var inherited: [String: String] {
        var found: [String: String] = [:]
        for name in ["TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS"] {
            if let value = Host.environment(name) { found[name] = value }
        }
        return found
    }

    /// How many threads a sanitizer adds to a process once that starts one of its own.
    package static var threadCount: Int { Host.environment("TSAN_OPTIONS") == nil ? 0 : 1 }
}
